import { sql } from 'kysely';
import type { Ctx } from '#kernel/context.ts';
import { CloudError } from '#kernel/errors.ts';
import { nameUuid } from '#kernel/ids.ts';
import { refused } from '../model/errors.ts';
import type { Network } from '../model/network.ts';
import { DHCP } from '../model/device-owner.ts';
import { assertSecurity, isInfrastructure, randomMac, type FixedIp, type Port } from '../model/port.ts';
import { newStandard } from '../model/standard.ts';
import type { Subnet } from '../model/subnet.ts';
import { portStore } from '../store/ports.ts';
import { floatingIpStore, forwardingStore, subnetStore } from '../store/stores.ts';
import type { NetworkDb } from '../tables.ts';
import { allocate, type AddressRequest } from './allocator.ts';
import { assertNotInTrunks } from './trunk-ports.ts';
import type { Work } from './unit.ts';

export type NewPort = Partial<Port> & Pick<Port, 'networkId' | 'projectId'>;

/** A port as it would be, with addresses found for it, not yet stored. */
export async function planPort(
  ctx: Ctx,
  work: Work,
  input: NewPort,
  requests: readonly AddressRequest[] | undefined,
): Promise<Port> {
  const macAddress = input.macAddress?.toLowerCase() ?? randomMac();
  if (input.macAddress !== undefined) await assertMacFree(work.tx, input.networkId, macAddress);
  return {
    ...newStandard(ctx, input.projectId),
    status: 'DOWN',
    adminStateUp: true,
    deviceId: '',
    deviceOwner: '',
    host: '',
    device: '',
    primary: false,
    preserved: true,
    portSecurityEnabled: true,
    allowedAddressPairs: [],
    extraDhcpOpts: [],
    vnicType: 'normal',
    profile: {},
    dnsName: '',
    qosPolicyId: null,
    generation: 1,
    securityGroups: [],
    ...input,
    macAddress,
    fixedIps: await allocate(work, {
      networkId: input.networkId,
      mac: macAddress,
      deviceOwner: input.deviceOwner ?? '',
      requests,
    }),
  };
}

export async function assertMacFree(db: NetworkDb, networkId: string, mac: string): Promise<void> {
  const taken = await db
    .selectFrom('network_port')
    .select('id')
    .where('network_id', '=', networkId)
    .where('mac_address', '=', mac)
    .executeTakeFirst();
  if (taken)
    throw refused(
      'MacAddressInUse',
      `Unable to complete operation for network ${networkId}. The mac address ${mac} is in use.`,
    );
}

/** Stores new ports, with all that follows for others. */
export async function insertPorts(ctx: Ctx, work: Work, ports: readonly Port[]): Promise<void> {
  ports.forEach(assertSecurity);
  await portStore.insert(work.tx, ports);
  await touchPorts(work, ports);
  await ensureResolvers(ctx, work, ports);
}

/** Stores a changed port, with all that follows for others. */
export async function replacePort(ctx: Ctx, work: Work, before: Port, after: Port): Promise<void> {
  assertSecurity(after);
  await portStore.update(work.tx, after);
  if (before.host !== after.host || before.securityGroups.join() !== after.securityGroups.join())
    work.changes.leave(before.host);
  await touchPorts(work, [before, after]);
  await ensureResolvers(ctx, work, [after]);
}

/** Removes ports; floating IPs that led to them lead nowhere. */
export async function removePorts(work: Work, ports: readonly Port[]): Promise<void> {
  if (ports.length === 0) return;
  const ids = ports.map(({ id }) => id);
  await touchPorts(work, ports);
  await assertNotInTrunks(work.tx, ids);
  await releaseFloatingIps(work, ids);
  await releaseForwardings(work, ids);
  await portStore.delete(work.tx, ids);
  for (const port of ports) work.changes.leave(port.host);
}

async function releaseFloatingIps({ tx, changes }: Work, portIds: readonly string[]): Promise<void> {
  const led = tx.selectFrom('network_floating_ip').select('router_id').where('port_id', 'in', portIds);
  changes.touch('router', ...(await led.execute()).flatMap((row) => row.router_id ?? []));
  const freed = await tx
    .updateTable('network_floating_ip')
    .set({ port_id: null, fixed_ip_address: null, router_id: null, revision: sql`revision + 1` })
    .where('port_id', 'in', portIds)
    .returningAll()
    .execute();
  floatingIpStore.noteRows(freed);
}

/** Ports of floating IPs that led to these ports lead nowhere. */
async function releaseForwardings({ tx, changes }: Work, portIds: readonly string[]): Promise<void> {
  const floatingIps = await tx
    .selectFrom('network_floating_ip as f')
    .innerJoin('network_port_forwarding as p', 'p.floating_ip_id', 'f.id')
    .select(['f.id', 'f.router_id'])
    .where('p.internal_port_id', 'in', portIds)
    .execute();
  if (floatingIps.length === 0) return;
  changes.touch('router', ...floatingIps.flatMap((row) => row.router_id ?? []));
  await forwardingStore.deleteWhere(tx, (eb) => eb('internal_port_id', 'in', portIds));
  await tx
    .updateTable('network_floating_ip')
    .set({ router_id: null })
    .where(
      'id',
      'in',
      floatingIps.map(({ id }) => id),
    )
    .where('port_id', 'is', null)
    .where('id', 'not in', tx.selectFrom('network_port_forwarding').select('floating_ip_id'))
    .execute();
}

/** The port itself, its network's names, the groups it is in, and those that its rules name. */
async function touchPorts({ tx, changes }: Work, ports: readonly Port[]): Promise<void> {
  const groupIds = [...new Set(ports.flatMap((port) => port.securityGroups))];
  changes.touch('group', ...groupIds);
  for (const port of ports) {
    if (port.host !== '' || port.deviceOwner === DHCP) changes.touch('network', port.networkId);
    if (port.deviceOwner !== DHCP) changes.touch('port', port.id);
    if (port.deviceOwner.startsWith('network:router')) changes.touch('router', port.deviceId);
  }
  if (groupIds.length > 0 && ports.some(({ host }) => host !== ''))
    changes.touch('group', ...(await remoteGroups(tx, groupIds)));
}

async function remoteGroups(db: NetworkDb, groupIds: readonly string[]): Promise<string[]> {
  const rows = await db
    .selectFrom('network_rule')
    .select('remote_group_id')
    .distinct()
    .where('security_group_id', 'in', groupIds)
    .where('remote_group_id', 'is not', null)
    .execute();
  return rows.flatMap((row) => row.remote_group_id ?? []);
}

/** Id of the port where a network's resolver answers. */
export const resolverPortId = (networkId: string): string => nameUuid(networkId, DHCP);

/** Each network gets its resolver with the first workload bound to it; external networks have none. */
async function ensureResolvers(ctx: Ctx, work: Work, ports: readonly Port[]): Promise<void> {
  const wanted = ports.filter((port) => port.host !== '' && !isInfrastructure(port));
  const networkIds = [...new Set(wanted.map(({ networkId }) => networkId))];
  if (networkIds.length === 0) return;
  const networks = await work.tx
    .selectFrom('network_network')
    .select(['id', 'project_id'])
    .where('id', 'in', networkIds)
    .where('external', '=', 0)
    .execute();
  const known = await portStore.findMany(
    work.tx,
    networks.map(({ id }) => resolverPortId(id)),
  );
  const present = new Set(known.map(({ networkId }) => networkId));
  for (const network of networks.filter(({ id }) => !present.has(id)))
    await insertResolver(ctx, work, { id: network.id, projectId: network.project_id });
}

async function insertResolver(
  ctx: Ctx,
  work: Work,
  network: Pick<Network, 'id' | 'projectId'>,
): Promise<void> {
  const subnets = await subnetStore.list(work.tx, (eb) => eb('network_id', '=', network.id));
  const port = await planPort(
    ctx,
    work,
    {
      id: resolverPortId(network.id),
      projectId: network.projectId,
      networkId: network.id,
      deviceId: `dhcp-${network.id}`,
      deviceOwner: DHCP,
      status: 'ACTIVE',
      portSecurityEnabled: false,
    },
    [],
  );
  const fixedIps: FixedIp[] = [];
  for (const subnet of subnets) fixedIps.push(...(await resolverAddress(work, subnet, port.macAddress)));
  if (fixedIps.length > 0) await insertPorts(ctx, work, [{ ...port, fixedIps }]);
}

/** Gives a network's resolver its place in a subnet that is new. */
export async function extendResolver(ctx: Ctx, work: Work, subnet: Subnet): Promise<void> {
  const port = await portStore.find(work.tx, resolverPortId(subnet.networkId));
  if (!port) return;
  const added = await resolverAddress(work, subnet, port.macAddress);
  await replacePort(ctx, work, port, { ...port, fixedIps: [...port.fixedIps, ...added] });
}

/** A full subnet has no place left for a resolver: it does without. */
async function resolverAddress(work: Work, subnet: Subnet, mac: string): Promise<FixedIp[]> {
  if (!subnet.enableDhcp) return [];
  try {
    const requests = [{ subnetId: subnet.id }];
    return await allocate(work, { networkId: subnet.networkId, mac, deviceOwner: DHCP, requests });
  } catch (thrown) {
    if (thrown instanceof CloudError && thrown.code === 'IpAddressGenerationFailure') return [];
    throw thrown;
  }
}
