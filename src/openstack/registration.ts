import type { OpenStackSession } from './session.ts';

export interface Registered {
  readonly type: string;
  readonly name: string;
  readonly region: string;
  readonly url: string;
}

interface Endpoint {
  readonly id: string;
  readonly interface: string;
  readonly url: string;
}

const INTERFACES = ['public', 'internal', 'admin'];

/** Puts a service into another cloud's catalogue, or mends what is there: what is right already is left alone. */
export async function ensureRegistered(session: OpenStackSession, wanted: Registered): Promise<void> {
  const { region, url } = wanted;
  const call = (method: string, path: string, body?: object) =>
    session.call(method, 'identity', path, body ? { body } : {});
  const { regions } = (await call('GET', '/regions')) as { regions: { id: string }[] };
  if (!regions.some(({ id }) => id === region)) await call('POST', '/regions', { region: { id: region } });
  const service_id = await ensureService(call, wanted);
  const query = new URLSearchParams({ service_id, region_id: region });
  const { endpoints } = (await call('GET', `/endpoints?${query.toString()}`)) as { endpoints: Endpoint[] };
  for (const name of INTERFACES) {
    const known = endpoints.find((endpoint) => endpoint.interface === name);
    const endpoint = { service_id, region_id: region, interface: name, url };
    if (!known) await call('POST', '/endpoints', { endpoint });
    else if (known.url !== url) await call('PATCH', `/endpoints/${known.id}`, { endpoint: { url } });
  }
}

type Call = (method: string, path: string, body?: object) => Promise<unknown>;

async function ensureService(call: Call, { type, name }: Registered): Promise<string> {
  const query = new URLSearchParams({ type });
  const { services } = (await call('GET', `/services?${query.toString()}`)) as { services: { id: string }[] };
  if (services[0]) return services[0].id;
  const made = await call('POST', '/services', { service: { type, name } });
  return (made as { service: { id: string } }).service.id;
}
