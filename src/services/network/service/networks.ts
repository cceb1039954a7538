import type { Ctx } from '#kernel/context.ts';
import { networkKind } from '../kinds.ts';
import { invalid, refused } from '../model/errors.ts';
import { mtuOf, networkInUse, type Network } from '../model/network.ts';
import { DHCP } from '../model/device-owner.ts';
import { EXTERNAL, SHARED } from '../model/sharing.ts';
import { changed, newStandard, type Target } from '../model/standard.ts';
import type { CreateNetworkBody, UpdateNetworkBody } from '../schema/network.ts';
import { portStore } from '../store/ports.ts';
import { deleteEntries } from '../store/sharing.ts';
import { floatingIpStore, networkStore, subnetStore } from '../store/stores.ts';
import type { NetworkTx } from '../tables.ts';
import type { UseCaseDeps } from './deps.ts';
import { removePorts } from './port-writer.ts';
import { touchPortsOfNetworks } from './qos-uses.ts';
import { assertPolicyVisible, defaultPolicy } from './qos.ts';
import { assertQuota } from './quotas.ts';
import { assertCarried } from './carriers.ts';
import { segmentFor } from './segments.ts';
import { assertNoGateways, shareWithAll } from './sharing.ts';
import { createEach, type Work } from './unit.ts';
import { authorizeAttributes, ownerOf, pick } from './wire.ts';
import { assertZones } from './zones.ts';

const CHANGEABLE = [
  'name',
  'description',
  'admin_state_up',
  'router:external',
  'is_default',
  'mtu',
  'port_security_enabled',
  'dns_domain',
  'qos_policy_id',
];

/** Use-cases on networks. */
export class NetworkService {
  readonly #deps: UseCaseDeps;

  constructor(deps: UseCaseDeps) {
    this.#deps = deps;
  }

  async create(ctx: Ctx, bodies: readonly CreateNetworkBody[]): Promise<Network[]> {
    const { nodes, policy } = this.#deps;
    for (const body of bodies) {
      authorizeAttributes(ctx, policy, { verb: 'create', object: 'network' }, body);
      const type = body['provider:network_type'];
      if (type) await assertCarried(ctx, nodes, type); // here, because a transaction asks no neighbour
    }
    return createEach(this.#deps.unit, bodies, (work, body) => this.createIn(ctx, work, body));
  }

  /** Part of a bigger change. */
  async createIn(ctx: Ctx, work: Work, body: CreateNetworkBody): Promise<Network> {
    const { tx } = work;
    authorizeAttributes(ctx, this.#deps.policy, { verb: 'create', object: 'network' }, body);
    const projectId = ownerOf(ctx, body);
    await assertQuota(work, projectId, 'network');
    assertZones('network', body.availability_zone_hints);
    await assertPolicyVisible(ctx, tx, body.qos_policy_id);
    const external = body['router:external'] ?? false;
    const segment = await segmentFor(tx, this.#deps.segments, {
      networkType: body['provider:network_type'] ?? (external ? 'flat' : 'vxlan'),
      physicalNetwork: body['provider:physical_network'] ?? null,
      segmentationId: body['provider:segmentation_id'] ?? null,
    });
    const network: Network = {
      ...newStandard(ctx, projectId, body.tags ? { tags: body.tags } : {}),
      status: 'ACTIVE',
      adminStateUp: true,
      external,
      isDefault: false,
      mtu: this.#mtuOf(segment),
      portSecurityEnabled: true,
      dnsDomain: '',
      ...segment,
      qosPolicyId: (await defaultPolicy(tx, projectId))?.id ?? null,
      availabilityZoneHints: body.availability_zone_hints ?? [],
      generation: 1,
      ...pick<Network>(body, ...CHANGEABLE),
    };
    this.#assertMtu(network);
    await assertOneDefault(tx, network);
    await networkStore.insert(tx, [network]);
    await share(ctx, tx, network, body);
    return network;
  }

  update(ctx: Ctx, target: Target, body: UpdateNetworkBody): Promise<Network> {
    const { reader, policy, unit } = this.#deps;
    return unit.run(async (work) => {
      const { tx, changes } = work;
      const before = await reader.load(tx, ctx, networkKind, { target, rule: 'update_network' });
      authorizeAttributes(ctx, policy, { verb: 'update', object: 'network' }, body);
      await assertPolicyVisible(ctx, tx, body.qos_policy_id);
      const after = changed(ctx, before, pick<Network>(body, ...CHANGEABLE));
      this.#assertMtu(after);
      await assertOneDefault(tx, after);
      if (before.external && !after.external) await assertNoGateways(tx, before.id);
      await networkStore.update(tx, after);
      await share(ctx, tx, after, body);
      changes.touch('network', after.id);
      if (TOLD_TO_PORTS.some((key) => before[key] !== after[key]))
        await touchPortsOfNetworks(work, [after.id]);
      return after;
    });
  }

  /** With its subnets, its resolver and the floating IPs that lead nowhere. */
  delete(ctx: Ctx, target: Target): Promise<void> {
    return this.#deps.unit.run(async (work) => {
      const { id } = await this.#deps.reader.load(work.tx, ctx, networkKind, {
        target,
        rule: 'delete_network',
      });
      await deleteIn(work, id);
    });
  }

  #mtuOf({ networkType, physicalNetwork }: Pick<Network, 'networkType' | 'physicalNetwork'>): number {
    const { physicalNetworks } = this.#deps.segments;
    return physicalNetworks.find(({ name }) => name === physicalNetwork)?.mtu ?? mtuOf(networkType);
  }

  #assertMtu(network: Network): void {
    const { mtu, networkType } = network;
    const most = this.#mtuOf(network);
    if (mtu < 68 || mtu > most)
      throw invalid(`Invalid MTU ${mtu}: it must be between 68 and ${most} on a ${networkType} network.`);
  }
}

/** What the specs of a network's ports repeat. */
const TOLD_TO_PORTS = ['adminStateUp', 'mtu', 'qosPolicyId'] as const;

/** Deletes a network, with all that goes with it, as part of a bigger change. @throws CloudError `NetworkInUse`. */
export async function deleteIn(work: Work, id: string): Promise<void> {
  const { tx } = work;
  const ports = await portStore.list(tx, (eb) => eb('network_id', '=', id));
  const floatingIps = await floatingIpStore.list(tx, (eb) => eb('floating_network_id', '=', id));
  const idle = new Set(floatingIps.flatMap((one) => (one.routerId === null ? one.floatingPortId : [])));
  if (ports.some((port) => port.deviceOwner !== DHCP && !idle.has(port.id))) throw networkInUse(id);
  await floatingIpStore.delete(
    tx,
    floatingIps.map((floatingIp) => floatingIp.id),
  );
  await removePorts(work, ports);
  await subnetStore.deleteWhere(tx, (eb) => eb('network_id', '=', id));
  await tx.deleteFrom('network_auto_topology').where('network_id', '=', id).execute();
  await deleteEntries(tx, [id]);
  await networkStore.delete(tx, [id]);
}

/** The flags of a network are entries for everybody. */
async function share(
  ctx: Ctx,
  tx: NetworkTx,
  { id, projectId }: Network,
  { shared, 'router:external': external }: UpdateNetworkBody,
): Promise<void> {
  const sharing = { objectType: 'network', objectId: id, projectId } as const;
  const refusal = () =>
    refused(
      'InvalidSharedSetting',
      `Unable to reconfigure sharing settings for network ${id}. Multiple tenants are using it.`,
    );
  await shareWithAll(ctx, tx, { ...sharing, action: SHARED, wanted: shared, refusal });
  await shareWithAll(ctx, tx, { ...sharing, action: EXTERNAL, wanted: external });
  if (external === false)
    await tx.deleteFrom('network_rbac').where('object_id', '=', id).where('action', '=', EXTERNAL).execute();
}

async function assertOneDefault(tx: NetworkTx, network: Network): Promise<void> {
  if (!network.isDefault || !network.external) return;
  const [other] = await networkStore.list(tx, (eb) =>
    eb.and([eb('is_default', '=', 1), eb('external', '=', 1), eb('id', '<>', network.id)]),
  );
  if (other)
    throw refused('DefaultExternalNetworkExists', `A default external network already exists: ${other.id}.`);
}
