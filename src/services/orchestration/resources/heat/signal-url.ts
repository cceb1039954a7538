import type { ResourceRun } from '../resource-type.ts';

interface CatalogEntry {
  readonly type: string;
  readonly endpoints: readonly Endpoint[];
}

interface Endpoint {
  readonly interface: string;
  readonly url: string;
  readonly region?: string;
}

async function endpointOf({ cloud }: ResourceRun, type: string): Promise<Endpoint | undefined> {
  const { body } = await cloud.call({ service: 'identity', method: 'GET', path: '/auth/catalog' });
  const { catalog } = body as { readonly catalog: readonly CatalogEntry[] };
  const entry = catalog.find((one) => one.type === type);
  return entry?.endpoints.find((endpoint) => endpoint.interface === 'public');
}

/** Where users find a service, as the catalogue says it; empty where there is none. */
export const serviceUrl = async (run: ResourceRun, type: string): Promise<string> =>
  (await endpointOf(run, type))?.url ?? '';

/** The region of a service, as the catalogue says it. */
export const regionOf = async (run: ResourceRun, type: string): Promise<string | undefined> =>
  (await endpointOf(run, type))?.region;

/** Where a resource is signalled from outside, by whoever has a token. */
export async function signalUrl(run: ResourceRun, projectId = run.stack.projectId): Promise<string> {
  const { stack, resource } = run;
  const url = (await serviceUrl(run, 'orchestration')).replace(run.stack.projectId, projectId);
  return `${url}/stacks/${stack.name}/${stack.id}/resources/${encodeURIComponent(resource.name)}/signal`;
}
