import { isUuid } from '#kernel/ids.ts';
import { badRequest, conflict, messageOf } from '#kernel/errors.ts';
import type { Neutron, NeutronPort, NeutronSubnet } from '#src/openstack/neutron.ts';
import { prefixOf } from '../addresses.ts';
import type { Binding } from '../binding.ts';
import type { Method } from '../methods.ts';
import { containerDevice, DEVICE_OWNER, podDevice } from '../names.ts';
import { resolve } from '../pools.ts';
import { parseRequest, VERSIONS, type CniRequest } from './request.ts';
import { checkInside, moveInto, type PodInterface } from './sandbox.ts';

export interface CniDeps {
  readonly neutron: Neutron;
  readonly binding: Binding;
}

/** The one method that the plug-in's script calls: what a CNI runtime may ask. All state is in Neutron. */
export function cniMethods(deps: CniDeps): Readonly<Record<string, Method>> {
  const commands: Readonly<Record<CniRequest['command'], (request: CniRequest) => Promise<object | void>>> = {
    ADD: (request) => add(deps, request),
    DEL: (request) => remove(deps, request),
    CHECK: (request) => check(deps, request),
    STATUS: () => status(deps),
    VERSION: async () => ({ cniVersion: VERSIONS[0], supportedVersions: VERSIONS }),
  };
  return {
    cni: async (body, query) => {
      const request = parseRequest(body, query);
      return commands[request.command](request);
    },
  };
}

/** What an earlier try left is made anew: a pod has one port. */
async function add(deps: CniDeps, request: CniRequest): Promise<object> {
  await remove(deps, request);
  const { config, containerId, args } = request;
  if (config.network === undefined)
    throw badRequest('The configuration names no network.', { code: 'cni-config' });
  const reference = isUuid(config.network)
    ? { id: config.network, name: null }
    : { id: null, name: config.network };
  const network = await resolve(deps.neutron, 'network', reference);
  const port = await deps.neutron.create('port', {
    name: args['K8S_POD_NAME'] ?? containerId,
    network_id: network.id,
    admin_state_up: true,
    device_owner: DEVICE_OWNER,
    device_id: podDevice(containerId, request.ifname),
    'binding:host_id': deps.binding.host,
    ...(config.securityGroups ? { security_groups: config.securityGroups } : {}),
  });
  try {
    await deps.neutron.addTags('port', port.id, [DEVICE_OWNER]);
    await deps.binding.bind({ port, mtu: network.mtu ?? 1500 });
    const subnets = await subnetsOf(deps, port);
    await moveInto(containerDevice(port.id), podInterface(request, port, subnets));
    return result(request, port, subnets);
  } catch (thrown) {
    await remove(deps, request).catch(() => undefined); // the first failure is the one to tell
    throw thrown;
  }
}

/** Also of a pod that never came to be, and of one whose namespace is gone. */
async function remove({ neutron, binding }: CniDeps, request: CniRequest): Promise<void> {
  for (const port of await portsOf(neutron, request)) {
    await binding.unbind(port);
    await neutron.delete('port', port.id);
  }
}

async function check(deps: CniDeps, request: CniRequest): Promise<void> {
  const [port] = await portsOf(deps.neutron, request);
  if (!port) throw conflict(`Neutron has no port for the container ${request.containerId}.`);
  await checkInside(podInterface(request, port, await subnetsOf(deps, port)));
}

async function status({ neutron }: CniDeps): Promise<void> {
  await neutron.extensions().catch((cause: unknown) => {
    throw badRequest(messageOf(cause), { code: 'cni-unavailable', cause });
  });
}

const portsOf = (neutron: Neutron, { containerId, ifname }: CniRequest): Promise<NeutronPort[]> =>
  neutron.list('port', { device_id: podDevice(containerId, ifname), device_owner: DEVICE_OWNER });

async function subnetsOf({ neutron }: CniDeps, port: NeutronPort): Promise<NeutronSubnet[]> {
  const ids = new Set(port.fixed_ips.map(({ subnet_id }) => subnet_id));
  return (await neutron.list('subnet', { network_id: port.network_id })).filter(({ id }) => ids.has(id));
}

const EVERYWHERE = { 4: '0.0.0.0/0', 6: '::/0' } as const;

/** Addresses with their prefix, each with its subnet's gateway. */
const addressesOf = (port: NeutronPort, subnets: readonly NeutronSubnet[]) =>
  port.fixed_ips.flatMap(({ subnet_id, ip_address }) => {
    const subnet = subnets.find(({ id }) => id === subnet_id);
    return subnet ? [{ address: `${ip_address}/${prefixOf(subnet.cidr)}`, gateway: subnet.gateway_ip }] : [];
  });

const routesOf = (subnets: readonly NeutronSubnet[]) =>
  subnets.flatMap(({ ip_version, gateway_ip, host_routes }) => [
    ...(gateway_ip === null ? [] : [{ dst: EVERYWHERE[ip_version], gw: gateway_ip }]),
    ...host_routes.map(({ destination, nexthop }) => ({ dst: destination, gw: nexthop })),
  ]);

const podInterface = (
  { netns, ifname }: CniRequest,
  port: NeutronPort,
  subnets: readonly NeutronSubnet[],
): PodInterface => ({
  netns,
  ifname,
  addresses: addressesOf(port, subnets).map(({ address }) => address),
  routes: routesOf(subnets),
});

const result = (
  { config, ifname, netns }: CniRequest,
  port: NeutronPort,
  subnets: readonly NeutronSubnet[],
): object => ({
  cniVersion: config.cniVersion,
  interfaces: [{ name: ifname, mac: port.mac_address, sandbox: netns }],
  ips: addressesOf(port, subnets).map(({ address, gateway }) => ({
    interface: 0,
    address,
    ...(gateway === null ? {} : { gateway }),
  })),
  routes: routesOf(subnets),
  dns: { nameservers: [...new Set(subnets.flatMap(({ dns_nameservers }) => dns_nameservers ?? []))] },
});
