import type { Ctx } from '#kernel/context.ts';
import { networkKind, portKind } from '../kinds.ts';
import { formatCidr, canonical, parseNetwork } from '../model/addresses.ts';
import { assertNotServicePort, portInUse, randomMac, type Port } from '../model/port.ts';
import { defaultGroupId } from '../model/security-group.ts';
import { changed, newStandard, type Target } from '../model/standard.ts';
import type { CreatePortBody, UpdatePortBody } from '../schema/port.ts';
import { portStore } from '../store/ports.ts';
import type { NetworkTx } from '../tables.ts';
import { allocate, type AddressRequest } from './allocator.ts';
import type { UseCaseDeps } from './deps.ts';
import { assertMacFree, insertPorts, planPort, removePorts, replacePort } from './port-writer.ts';
import { assertPolicyVisible } from './qos.ts';
import { assertQuota } from './quotas.ts';
import { getVisible } from './reader.ts';
import { assertGroupsVisible, ensureDefaultGroup } from './security-groups.ts';
import { createEach, type Work } from './unit.ts';
import { authorizeAttributes, ownerOf, pick } from './wire.ts';

const CHANGEABLE = [
  'name',
  'description',
  'admin_state_up',
  'device_id',
  'device_owner',
  'port_security_enabled',
  'binding:vnic_type',
  'dns_name',
  'qos_policy_id',
];

/** Use-cases on ports. */
export class PortService {
  readonly #deps: UseCaseDeps;

  constructor(deps: UseCaseDeps) {
    this.#deps = deps;
  }

  create(ctx: Ctx, bodies: readonly CreatePortBody[]): Promise<Port[]> {
    return createEach(this.#deps.unit, bodies, async (work, body) => {
      const port = await this.#plan(ctx, work, body);
      await insertPorts(ctx, work, [port]);
      return port;
    });
  }

  async #plan(ctx: Ctx, work: Work, body: CreatePortBody): Promise<Port> {
    authorizeAttributes(ctx, this.#deps.policy, { verb: 'create', object: 'port' }, body);
    const network = await getVisible(work.tx, ctx, networkKind, body.network_id);
    const projectId = ownerOf(ctx, body);
    await assertQuota(work, projectId, 'port');
    await assertPolicyVisible(ctx, work.tx, body.qos_policy_id);
    const secured = body.port_security_enabled ?? network.portSecurityEnabled;
    const securityGroups = await groupsFor(ctx, work, { projectId, wanted: body.security_groups, secured });
    const input = {
      ...newStandard(ctx, projectId, body.tags ? { tags: body.tags } : {}),
      networkId: network.id,
      portSecurityEnabled: secured,
      ...changeOf(body),
      securityGroups,
    };
    return planPort(ctx, work, input, body.fixed_ips && requestsOf(body.fixed_ips));
  }

  update(ctx: Ctx, target: Target, body: UpdatePortBody): Promise<Port> {
    const { reader, policy, unit } = this.#deps;
    return unit.run(async (work) => {
      const record = await reader.load(work.tx, ctx, portKind, { target, rule: 'update_port' });
      authorizeAttributes(ctx, policy, { verb: 'update', object: 'port' }, body);
      const [before] = (await portStore.complete(work.tx, [record])) as [Port];
      await assertPolicyVisible(ctx, work.tx, body.qos_policy_id);
      const after: Port = changed(ctx, before, rebound(before, changeOf(body)));
      await assertMacChange(work.tx, before, after);
      const fixedIps = body.fixed_ips
        ? await allocate(work, {
            networkId: before.networkId,
            mac: after.macAddress,
            deviceOwner: after.deviceOwner,
            requests: requestsOf(body.fixed_ips),
            current: before.fixedIps,
          })
        : before.fixedIps;
      const wanted = body.security_groups;
      if (wanted) await assertGroupsVisible(work.tx, ctx, wanted);
      const securityGroups = wanted === undefined ? before.securityGroups : [...new Set(wanted ?? [])].sort();
      const complete = { ...after, fixedIps, securityGroups };
      await replacePort(ctx, work, before, complete);
      return complete;
    });
  }

  delete(ctx: Ctx, target: Target): Promise<void> {
    return this.#deps.unit.run(async (work) => {
      const record = await this.#deps.reader.load(work.tx, ctx, portKind, { target, rule: 'delete_port' });
      assertNotServicePort(record);
      await removePorts(work, await portStore.complete(work.tx, [record]));
    });
  }
}

/** A port keeps its MAC while something uses it. */
async function assertMacChange(tx: NetworkTx, before: Port, after: Port): Promise<void> {
  if (before.macAddress === after.macAddress) return;
  if (before.host !== '') throw portInUse(before);
  await assertMacFree(tx, before.networkId, after.macAddress);
}

interface GroupWish {
  readonly projectId: string;
  /** null and undefined = the default group. */
  readonly wanted: readonly string[] | null | undefined;
  readonly secured: boolean;
}

/** The groups of a new port. Without port security it can have none, so none are given to it. */
export async function groupsFor(
  ctx: Ctx,
  work: Work,
  { projectId, wanted, secured }: GroupWish,
): Promise<string[]> {
  await ensureDefaultGroup(ctx, work.tx, projectId);
  if (wanted) await assertGroupsVisible(work.tx, ctx, wanted);
  if (wanted) return [...new Set(wanted)].sort();
  return secured ? [defaultGroupId(projectId)] : [];
}

const requestsOf = (fixedIps: NonNullable<CreatePortBody['fixed_ips']>): AddressRequest[] =>
  fixedIps.map(({ subnet_id, ip_address }) => ({ subnetId: subnet_id, address: ip_address }));

/** On another host, or on none, it is not up before a node says so. */
function rebound(before: Port, change: Partial<Port>): Partial<Port> {
  const { host = before.host } = change;
  return host === before.host ? change : { ...change, status: host === '' ? 'DOWN' : 'BUILD' };
}

/** What a body says of the port's own attributes. */
function changeOf(body: UpdatePortBody): Partial<Port> {
  const pairs = body.allowed_address_pairs;
  const host = body['binding:host_id'];
  const profile = body['binding:profile'];
  return {
    ...pick<Port>(body, ...CHANGEABLE),
    ...(body.mac_address === undefined ? {} : { macAddress: body.mac_address?.toLowerCase() ?? randomMac() }),
    ...(host === undefined ? {} : { host: host ?? '' }),
    ...(profile === undefined ? {} : { profile: profile ?? {} }),
    ...(body['binding:vnic_type'] === null ? { vnicType: 'normal' } : {}),
    ...(body.extra_dhcp_opts === undefined ? {} : { extraDhcpOpts: body.extra_dhcp_opts ?? [] }),
    ...(pairs === undefined
      ? {}
      : {
          allowedAddressPairs: pairs.map((pair) => ({
            ipAddress: pair.ip_address.includes('/')
              ? formatCidr(parseNetwork(pair.ip_address))
              : canonical(pair.ip_address),
            macAddress: pair.mac_address?.toLowerCase() ?? '',
          })),
        }),
  };
}
