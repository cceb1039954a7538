import type { Ctx } from '#kernel/context.ts';
import { networkKind } from '../kinds.ts';
import { invalid, refused } from '../model/errors.ts';
import { mtuOf, networkInUse, type Network } from '../model/network.ts';
import { DHCP, ROUTER_GATEWAY } from '../model/port.ts';
import { changed, newStandard, type Target } from '../model/standard.ts';
import type { CreateNetworkBody, UpdateNetworkBody } from '../schema/network.ts';
import { portStore } from '../store/ports.ts';
import { floatingIpStore, networkStore, subnetStore } from '../store/stores.ts';
import type { NetworkTx } from '../tables.ts';
import type { UseCaseDeps } from './deps.ts';
import { removePorts } from './port-writer.ts';
import { assertQuota } from './quotas.ts';
import type { Work } from './unit.ts';
import { authorizeAttributes, ownerOf, pick } from './wire.ts';

const CHANGEABLE = [
  'name',
  'description',
  'admin_state_up',
  'shared',
  'router:external',
  'is_default',
  'mtu',
  'port_security_enabled',
  'dns_domain',
];

/** Use-cases on networks. */
export class NetworkService {
  readonly #deps: UseCaseDeps;

  constructor(deps: UseCaseDeps) {
    this.#deps = deps;
  }

  create(ctx: Ctx, bodies: readonly CreateNetworkBody[]): Promise<Network[]> {
    return this.#deps.unit.run(async (work) => {
      const networks: Network[] = [];
      for (const body of bodies) networks.push(await this.#createOne(ctx, work, body));
      return networks;
    });
  }

  async #createOne(ctx: Ctx, work: Work, body: CreateNetworkBody): Promise<Network> {
    const { tx } = work;
    authorizeAttributes(ctx, this.#deps.policy, { verb: 'create', object: 'network' }, body);
    const projectId = ownerOf(ctx, body);
    await assertQuota(work, projectId, 'network');
    const external = body['router:external'] ?? false;
    const networkType = body['provider:network_type'] ?? (external ? 'flat' : 'vxlan');
    const network: Network = {
      ...newStandard(ctx, projectId, body.tags ? { tags: body.tags } : {}),
      status: 'ACTIVE',
      adminStateUp: true,
      shared: false,
      external,
      isDefault: false,
      mtu: mtuOf(networkType),
      portSecurityEnabled: true,
      dnsDomain: '',
      networkType,
      physicalNetwork: networkType === 'flat' ? (body['provider:physical_network'] ?? 'external') : null,
      segmentationId: await segmentOf(tx, networkType, body['provider:segmentation_id'] ?? null),
      generation: 1,
      ...pick<Network>(body, ...CHANGEABLE),
    };
    assertMtu(network);
    await networkStore.insert(tx, [network]);
    return network;
  }

  update(ctx: Ctx, target: Target, body: UpdateNetworkBody): Promise<Network> {
    const { reader, policy, unit } = this.#deps;
    return unit.run(async ({ tx, changes }) => {
      const before = await reader.load(tx, ctx, networkKind, { target, rule: 'update_network' });
      authorizeAttributes(ctx, policy, { verb: 'update', object: 'network' }, body);
      const after = changed(ctx, before, pick<Network>(body, ...CHANGEABLE));
      assertMtu(after);
      if (before.external && !after.external) await assertNoGateways(tx, before.id);
      await networkStore.update(tx, after);
      changes.touch('network', after.id);
      if (before.adminStateUp !== after.adminStateUp || before.mtu !== after.mtu) {
        const ports = await tx
          .selectFrom('network_port')
          .select('id')
          .where('network_id', '=', after.id)
          .execute();
        changes.touch('port', ...ports.map(({ id }) => id));
      }
      return after;
    });
  }

  /** With its subnets, its resolver and the floating IPs that lead nowhere. */
  delete(ctx: Ctx, target: Target): Promise<void> {
    return this.#deps.unit.run(async (work) => {
      const network = await this.#deps.reader.load(work.tx, ctx, networkKind, {
        target,
        rule: 'delete_network',
      });
      const ports = await portStore.list(work.tx, (eb) => eb('network_id', '=', network.id));
      const floatingIps = await floatingIpStore.list(work.tx, (eb) =>
        eb('floating_network_id', '=', network.id),
      );
      const idle = new Set(floatingIps.flatMap((one) => (one.portId === null ? one.floatingPortId : [])));
      if (ports.some(({ id, deviceOwner }) => deviceOwner !== DHCP && !idle.has(id)))
        throw networkInUse(network.id);
      await floatingIpStore.delete(
        work.tx,
        floatingIps.map(({ id }) => id),
      );
      await removePorts(work, ports);
      const subnets = await subnetStore.list(work.tx, (eb) => eb('network_id', '=', network.id));
      await subnetStore.delete(
        work.tx,
        subnets.map(({ id }) => id),
      );
      await networkStore.delete(work.tx, [network.id]);
    });
  }
}

function assertMtu({ mtu, networkType }: Network): void {
  if (mtu < 68 || mtu > mtuOf(networkType))
    throw invalid(
      `Invalid MTU ${mtu}: it must be between 68 and ${mtuOf(networkType)} on a ${networkType} network.`,
    );
}

/** The given segment, or the next after the highest: two at once meet at the unique index, and one tries again. */
async function segmentOf(
  tx: NetworkTx,
  type: Network['networkType'],
  given: number | null,
): Promise<number | null> {
  if (type === 'flat') return null;
  if (given !== null) {
    const taken = await networkStore.count(tx, (eb) => eb('segmentation_id', '=', given));
    if (taken > 0)
      throw refused('VxlanNetworkInUse', `Unable to create the network. The VNI ${given} is in use.`);
    return given;
  }
  const { highest } = await tx
    .selectFrom('network_network')
    .select((eb) => eb.fn.max('segmentation_id').as('highest'))
    .executeTakeFirstOrThrow();
  return (highest ?? 0) + 1;
}

async function assertNoGateways(tx: NetworkTx, networkId: string): Promise<void> {
  const gateway = await tx
    .selectFrom('network_port')
    .select('id')
    .where('network_id', '=', networkId)
    .where('device_owner', '=', ROUTER_GATEWAY)
    .executeTakeFirst();
  if (gateway)
    throw refused(
      'ExternalNetworkInUse',
      `External network ${networkId} cannot be updated to be made non-external, since it has existing gateway ports.`,
    );
}
