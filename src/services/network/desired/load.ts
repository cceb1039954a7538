import type { DesiredObject } from '#node/protocol.ts';
import { DHCP } from '../model/device-owner.ts';
import { type Port } from '../model/port.ts';
import type { SecurityGroupRule } from '../model/security-group.ts';
import { portStore } from '../store/ports.ts';
import {
  addressGroupStore,
  floatingIpStore,
  forwardingStore,
  groupStore,
  networkStore,
  routerStore,
  ruleStore,
  subnetStore,
} from '../store/stores.ts';
import type { NetworkDb } from '../tables.ts';
import { idsOf } from '../view/standard.ts';
import { bandwidths, UNLIMITED } from './bandwidth.ts';
import { KINDS, type Changes, type NetworkKind } from './changes.ts';
import { loadRemotes, remotesOn, type NodeAddresses } from './remotes.ts';
import { byId, networkSpec, portSpec, routerSpec } from './specs.ts';

export type Ids = Readonly<Record<NetworkKind, readonly string[]>>;

/** What specs say that is not in a row of ours. */
export interface LoadContext {
  /** Search domain of networks without one. */
  readonly domain: string;
  readonly addresses: NodeAddresses;
}

/** Ids of all that a host should have. */
export async function presentOn(db: NetworkDb, host: string): Promise<Ids> {
  const ports = await db
    .selectFrom('network_port')
    .select(['id', 'network_id', 'device_owner'])
    .where('host', '=', host)
    .execute();
  const routers = await db.selectFrom('network_router').select('id').where('host', '=', host).execute();
  const groups = await namedGroups(db)
    .where('network_port.host', '=', host)
    .select('remote_group_id as id')
    .distinct()
    .execute();
  return {
    network: [...new Set(ports.map((row) => row.network_id))],
    group: groups.map(({ id }) => id ?? ''),
    remote: await remotesOn(db, host),
    port: ports.filter((row) => !row.device_owner.startsWith('network:')).map(({ id }) => id),
    router: routers.map(({ id }) => id),
  };
}

/** Rules that name a group, with the bound ports that they filter. */
const namedGroups = (db: NetworkDb) =>
  db
    .selectFrom('network_rule')
    .innerJoin('network_port_group', 'network_port_group.group_id', 'network_rule.security_group_id')
    .innerJoin('network_port', 'network_port.id', 'network_port_group.port_id')
    .where('network_rule.remote_group_id', 'is not', null)
    .where('network_port.host', '<>', '');

/** Hosts that have to hear of the changes. */
export async function hostsOf(db: NetworkDb, { touched, left }: Changes): Promise<Set<string>> {
  const hosts = new Set(left);
  const add = (rows: readonly { readonly host: string }[]) => rows.forEach(({ host }) => hosts.add(host));
  const bound = db.selectFrom('network_port').select('host').distinct();
  if (touched.port.size > 0) add(await bound.where('id', 'in', [...touched.port]).execute());
  if (touched.network.size > 0) add(await bound.where('network_id', 'in', [...touched.network]).execute());
  if (touched.router.size > 0)
    add(
      await db
        .selectFrom('network_router')
        .select('host')
        .where('id', 'in', [...touched.router])
        .execute(),
    );
  if (touched.group.size > 0)
    add(
      await namedGroups(db)
        .where('remote_group_id', 'in', [...touched.group])
        .select('network_port.host')
        .distinct()
        .execute(),
    );
  hosts.delete('');
  return hosts;
}

/** The desired objects of these ids, in the order in which a node needs them; a fixed number of queries. */
export async function loadObjects(
  db: NetworkDb,
  ids: Ids,
  { domain, addresses }: LoadContext,
): Promise<DesiredObject[]> {
  const loaded = {
    network: () => loadNetworks(db, ids.network, domain),
    group: () => loadGroups(db, ids.group),
    remote: () => loadRemotes(db, ids.remote, addresses),
    port: () => loadPorts(db, ids.port),
    router: () => loadRouters(db, ids.router),
  };
  const objects: DesiredObject[] = [];
  for (const kind of KINDS) if (ids[kind].length > 0) objects.push(...(await loaded[kind]()));
  return objects;
}

async function loadNetworks(db: NetworkDb, ids: readonly string[], domain: string): Promise<DesiredObject[]> {
  const networks = await networkStore.findMany(db, ids);
  const subnets = Map.groupBy(
    await subnetStore.list(db, (eb) => eb('network_id', 'in', ids)),
    (subnet) => subnet.networkId,
  );
  const ports = await portStore.list(db, (eb) =>
    eb.and([
      eb('network_id', 'in', ids),
      eb.or([eb('device_owner', '=', DHCP), eb.and([eb('host', '<>', ''), eb('dns_name', '<>', '')])]),
    ]),
  );
  const portsOf = Map.groupBy(ports, (port) => port.networkId);
  return networks.map((network) => {
    const own = portsOf.get(network.id) ?? [];
    const spec = networkSpec(network, {
      subnets: subnets.get(network.id) ?? [],
      resolverPort: own.find((port) => port.deviceOwner === DHCP),
      named: own.filter((port) => port.host !== '' && port.dnsName !== ''),
      domain,
    });
    return { kind: 'network', id: network.id, generation: network.generation, spec };
  });
}

async function loadGroups(db: NetworkDb, ids: readonly string[]): Promise<DesiredObject[]> {
  const groups = await groupStore.findMany(db, ids);
  const rows = await db
    .selectFrom('network_port_group')
    .innerJoin('network_address', 'network_address.port_id', 'network_port_group.port_id')
    .select(['group_id', 'ip'])
    .where('group_id', 'in', ids)
    .orderBy('ip')
    .execute();
  const addressesOf = Map.groupBy(rows, (row) => row.group_id);
  return groups.map(({ id, generation }) => ({
    kind: 'group',
    id,
    generation,
    spec: { id, addresses: (addressesOf.get(id) ?? []).map(({ ip }) => ip) },
  }));
}

async function loadPorts(db: NetworkDb, ids: readonly string[]): Promise<DesiredObject[]> {
  const ports = await portStore.findMany(db, ids);
  if (ports.length === 0) return [];
  const networkIds = [...new Set(ports.map((port) => port.networkId))];
  const groupIds = [...new Set(ports.flatMap((port) => port.securityGroups))];
  const networks = byId(await networkStore.findMany(db, networkIds));
  const subnets = byId(await subnetStore.list(db, (eb) => eb('network_id', 'in', networkIds)));
  const resolvers = await portStore.list(db, (eb) =>
    eb.and([eb('network_id', 'in', networkIds), eb('device_owner', '=', DHCP)]),
  );
  const resolverOf = new Map(resolvers.map((resolver) => [resolver.networkId, resolver]));
  const rules =
    groupIds.length === 0 ? [] : await ruleStore.list(db, (eb) => eb('security_group_id', 'in', groupIds));
  const rulesOf = Map.groupBy(rules, (rule) => rule.securityGroupId);
  const stateless = new Set(
    (await groupStore.findMany(db, groupIds)).flatMap((group) => (group.stateful ? [] : [group.id])),
  );
  const addressGroups = await addressesOf(db, rules);
  const policyOf = (port: Port) => port.qosPolicyId ?? networks.get(port.networkId)?.qosPolicyId ?? null;
  const limits = await bandwidths(db, ports.map(policyOf));
  return ports.flatMap((port) => {
    const network = networks.get(port.networkId);
    if (!network) return [];
    const parts = {
      network,
      subnets,
      rules: port.securityGroups.flatMap((id) => rulesOf.get(id) ?? []),
      addressGroups,
      stateful: port.securityGroups.length === 0 || port.securityGroups.some((id) => !stateless.has(id)),
      bandwidth: limits.get(policyOf(port) ?? '') ?? UNLIMITED,
      resolver: resolverOf.get(network.id),
    };
    return [{ kind: 'port' as const, id: port.id, generation: port.generation, spec: portSpec(port, parts) }];
  });
}

/** The addresses of the groups that rules name, by group. */
async function addressesOf(db: NetworkDb, rules: readonly SecurityGroupRule[]) {
  const ids = [...new Set(rules.flatMap((rule) => rule.remoteAddressGroupId ?? []))];
  return new Map((await addressGroupStore.findMany(db, ids)).map(({ id, addresses }) => [id, addresses]));
}

async function loadRouters(db: NetworkDb, ids: readonly string[]): Promise<DesiredObject[]> {
  const routers = await routerStore.findMany(db, ids);
  const ports = await portStore.list(db, (eb) =>
    eb.and([eb('device_id', 'in', ids), eb('device_owner', 'like', 'network:router_%')]),
  );
  const networkIds = [...new Set(ports.map((port) => port.networkId))];
  const networks = byId(await networkStore.findMany(db, networkIds));
  const subnets =
    networkIds.length === 0 ? [] : await subnetStore.list(db, (eb) => eb('network_id', 'in', networkIds));
  const floatingIps = await floatingIpStore.list(db, (eb) => eb('router_id', 'in', ids));
  const forwardings =
    floatingIps.length === 0
      ? []
      : await forwardingStore.list(db, (eb) => eb('floating_ip_id', 'in', idsOf(floatingIps)));
  return routers.map((router) => {
    const spec = routerSpec(router, {
      ports: ports.filter((port) => port.deviceId === router.id),
      networks,
      subnets: byId(subnets),
      floatingIps: floatingIps.filter((floatingIp) => floatingIp.routerId === router.id),
      forwardings,
    });
    return { kind: 'router', id: router.id, generation: router.generation, spec };
  });
}
