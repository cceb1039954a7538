import { CloudError, badRequest } from '#kernel/errors.ts';
import { textOf, type Json, type JsonMap } from '../../template/json.ts';
import type { ResourceRun, ResourceType } from '../resource-type.ts';
import { gone, Things } from '../rest/collection.ts';
import { wired } from '../rest/field.ts';
import { flag, list, listOf, LIVE, mapOf, NEEDED, ref, text } from '../rest/fields.ts';
import { NETWORKS, PORTS, ROUTERS, SUBNETS } from './collections.ts';
import { COMMON, neutronType, TAGS, UP } from './neutron-type.ts';

export const router = neutronType({
  name: 'OS::Neutron::Router',
  description: 'Leads packets between networks.',
  collection: ROUTERS,
  fields: {
    ...COMMON,
    external_gateway_info: mapOf(
      {
        network: ref(NETWORKS, 'The external network of the gateway.', { ...NEEDED, wire: 'network_id' }),
        enable_snat: flag('Whether addresses are translated on the way out.', LIVE),
        external_fixed_ips: listOf(
          mapOf({
            ip_address: text('The address.', { constraints: [{ custom_constraint: 'ip_addr' }] }),
            subnet: ref(SUBNETS, 'The subnet of the address.', { wire: 'subnet_id' }),
          }),
          'The addresses of the gateway.',
          LIVE,
        ),
      },
      'The way out.',
      LIVE,
    ),
    admin_state_up: UP,
    distributed: flag('Whether it is on every machine.'),
    ha: flag('Whether another takes over.'),
    availability_zone_hints: list('Availability zones to put the router into.'),
    tags: TAGS,
  },
  attributes: {
    status: 'The status of the router.',
    external_gateway_info: 'Gateway network for the router.',
    name: 'Friendly name of the router.',
    admin_state_up: 'Administrative state of the router.',
  },
  shape: (body) => (body['external_gateway_info'] === null ? { ...body, external_gateway_info: {} } : body),
  beforeRemoval: async ({ cloud }, id) => {
    // Routes may lead through interfaces that go first, and are nothing of their own.
    await gone(new Things(cloud, ROUTERS).change(id, { routes: [] }));
  },
});

const END = { subnet: ref(SUBNETS, 'The subnet.'), port: ref(PORTS, 'The port.') };

/** A router's end in a subnet. */
export const routerInterface: ResourceType = {
  name: 'OS::Neutron::RouterInterface',
  description: 'Joins a subnet to a router.',
  properties: { router: ref(ROUTERS, 'The router.', NEEDED), ...END },
  attributes: {},
  async create(run) {
    const { router: routerId, subnet_id, port_id } = await endOf(run);
    const end = port_id === undefined ? { subnet_id: subnet_id ?? null } : { port_id };
    const [[field, value]] = Object.entries(end) as [[string, Json]];
    if (!(run.again && (await isJoined(run, routerId, end)))) await join(run, 'add', routerId, end);
    return `${routerId}:${field}=${textOf(value)}`;
  },
  async remove(run) {
    const [routerId, end] = physicalEnd(run.resource.physicalId) ?? (await lostEnd(run));
    if (routerId !== undefined) await gone(join(run, 'remove', routerId, end));
  },
  async check(run) {
    const [routerId = '', end] = physicalEnd(run.resource.physicalId) ?? [];
    if (end === undefined || !(await isJoined(run, routerId, end)))
      throw new CloudError('not-found', 'The router has no such interface.');
  },
};

interface End {
  readonly router: string;
  readonly subnet_id?: string;
  readonly port_id?: string;
}

async function endOf({ properties, cloud }: ResourceRun): Promise<End> {
  if ((properties['subnet'] ?? properties['port'] ?? null) === null)
    throw badRequest('At least one of the following properties must be specified: subnet, port.', {
      code: 'StackValidationFailed',
    });
  const fields = {
    router: ref(ROUTERS, ''),
    subnet: { ...END.subnet, wire: 'subnet_id' },
    port: { ...END.port, wire: 'port_id' },
  };
  return (await wired(fields, properties, cloud)) as unknown as End;
}

export const join = ({ cloud }: ResourceRun, verb: 'add' | 'remove', id: string, body: JsonMap) =>
  new Things(cloud, ROUTERS).call({ method: 'PUT', path: `/${id}/${verb}_router_interface`, body });

/** Whether one of the router's own ports is this one, or in this subnet. */
export async function isJoined({ cloud }: ResourceRun, id: string, end: JsonMap): Promise<boolean> {
  const ports = await new Things(cloud, PORTS).list({ device_id: id });
  return ports.some(
    (one) =>
      textOf(one['device_owner']).startsWith('network:router_interface') &&
      (one['id'] === end['port_id'] ||
        ((one['fixed_ips'] ?? []) as readonly JsonMap[]).some((ip) => ip['subnet_id'] === end['subnet_id'])),
  );
}

function physicalEnd(physicalId: string | null): [string, JsonMap] | undefined {
  const [, id, field, value] = /^([^:]+):(\w+)=(.+)$/.exec(physicalId ?? '') ?? [];
  return id && field && value ? [id, { [field]: value }] : undefined;
}

/** Of a creation that nobody saw the end of: it may have joined them. */
async function lostEnd(run: ResourceRun): Promise<[string | undefined, JsonMap]> {
  const end = await endOf(run).catch(() => undefined);
  if (end === undefined) return [undefined, {}];
  const { router: id, port_id, subnet_id = '' } = end;
  const body: JsonMap = port_id === undefined ? { subnet_id } : { port_id };
  return (await isJoined(run, id, body)) ? [id, body] : [undefined, {}];
}

/** The gateway of a router that is made elsewhere. */
export const routerGateway: ResourceType = {
  name: 'OS::Neutron::RouterGateway',
  description: 'Sets the gateway of a router.',
  support: {
    status: 'HIDDEN',
    version: '9.0.0',
    message: 'Use the `external_gateway_info` property in the router.',
  },
  properties: {
    router_id: ref(ROUTERS, 'The router.', NEEDED),
    network: ref(NETWORKS, 'The external network.', NEEDED),
  },
  attributes: {},
  async create(run) {
    const { router_id: id, network } = await wired(routerGateway.properties, run.properties, run.cloud);
    await new Things(run.cloud, ROUTERS).change(textOf(id), {
      external_gateway_info: { network_id: network ?? null },
    });
    return `${textOf(id)}:${textOf(network)}`;
  },
  async remove({ resource, cloud }) {
    const [id, network] = (resource.physicalId ?? '').split(':');
    if (!id || !network) return;
    const routers = new Things(cloud, ROUTERS);
    const there = (await gone(routers.get(id)))?.['external_gateway_info'] as JsonMap | null | undefined;
    if (there?.['network_id'] === network) await routers.change(id, { external_gateway_info: {} });
  },
  async check({ resource, cloud }) {
    await new Things(cloud, ROUTERS).get((resource.physicalId ?? '').split(':')[0] ?? '');
  },
};

const HOP = {
  destination: text('Where the route leads.', {
    ...NEEDED,
    constraints: [{ custom_constraint: 'net_cidr' }],
  }),
  nexthop: text('The next hop.', { ...NEEDED, constraints: [{ custom_constraint: 'ip_addr' }] }),
};

const route = ({ cloud }: ResourceRun, verb: 'add' | 'remove', id: string, routes: Json) =>
  new Things(cloud, ROUTERS).call({
    method: 'PUT',
    path: `/${id}/${verb}_extraroutes`,
    body: { router: { routes } },
  });

/** Routes of a router that is made elsewhere, beside those that others give it. */
export const extraRouteSet: ResourceType = {
  name: 'OS::Neutron::ExtraRouteSet',
  description: 'Gives a router routes.',
  properties: {
    router: ref(ROUTERS, 'The router.', NEEDED),
    routes: { ...listOf(mapOf(HOP), 'The routes.', LIVE), default: [] },
  },
  attributes: {},
  async create(run) {
    const id = await new Things(run.cloud, ROUTERS).idOf(textOf(run.properties['router']));
    await route(run, 'add', id, run.properties['routes'] ?? []);
    await run.keep({ routes: run.properties['routes'] ?? [] });
    return id;
  },
  async update(run) {
    const id = run.resource.physicalId ?? '';
    const before = (run.resource.data['routes'] ?? []) as readonly JsonMap[];
    const after = (run.properties['routes'] ?? []) as readonly JsonMap[];
    const key = ({ destination, nexthop }: JsonMap) => `${textOf(destination)} ${textOf(nexthop)}`;
    const kept = new Set(after.map(key));
    await route(
      run,
      'remove',
      id,
      before.filter((one) => !kept.has(key(one))),
    );
    await route(run, 'add', id, after);
    await run.keep({ routes: after });
  },
  async remove(run) {
    const routes = (run.resource.data['routes'] ?? run.properties['routes'] ?? []) as Json;
    if (run.resource.physicalId !== null) await gone(route(run, 'remove', run.resource.physicalId, routes));
  },
  async check({ resource, cloud }) {
    await new Things(cloud, ROUTERS).get(resource.physicalId ?? '');
  },
};

export const extraRoute: ResourceType = {
  name: 'OS::Neutron::ExtraRoute',
  description: 'Gives a router one route.',
  support: { status: 'UNSUPPORTED', message: 'Use OS::Neutron::ExtraRouteSet.' },
  properties: { router_id: ref(ROUTERS, 'The router.', NEEDED), ...HOP },
  attributes: {},
  async create(run) {
    const { router_id: named, destination = '', nexthop = '' } = run.properties;
    const id = await new Things(run.cloud, ROUTERS).idOf(textOf(named));
    await route(run, 'add', id, [{ destination, nexthop }]);
    return `${id}:${textOf(destination)}:${textOf(nexthop)}`;
  },
  async remove(run) {
    const { destination = '', nexthop = '' } = run.properties;
    const id = (run.resource.physicalId ?? '').split(':')[0];
    if (id) await gone(route(run, 'remove', id, [{ destination, nexthop }]));
  },
  async check({ resource, cloud }) {
    await new Things(cloud, ROUTERS).get((resource.physicalId ?? '').split(':')[0] ?? '');
  },
};
