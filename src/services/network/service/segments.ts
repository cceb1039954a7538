import { sql } from 'kysely';
import { invalid, networkError, refused } from '../model/errors.ts';
import { UPLINK, type NetworkType } from '../model/network.ts';
import { networkStore } from '../store/stores.ts';
import type { NetworkTx } from '../tables.ts';

/** A network of the building that nodes are connected to: by its name in the configuration. */
export interface PhysicalNetwork {
  readonly name: string;
  /** VLANs that networks without a wish are given; absent = none. */
  readonly vlans?: Range | undefined;
  readonly mtu?: number | undefined;
}

export interface Range {
  readonly first: number;
  readonly last: number;
}

/** What networks may be carried by. */
export interface Segments {
  readonly physicalNetworks: readonly PhysicalNetwork[];
  readonly vnis: Range;
}

export interface SegmentWish {
  readonly networkType: NetworkType;
  readonly physicalNetwork: string | null;
  readonly segmentationId: number | null;
}

const LAST_VNI = 16_777_215;
const LAST_VLAN = 4094;

/** The segment as it will be: names checked, a number found. Two who find the same meet at the unique index, and one tries again. */
export async function segmentFor(tx: NetworkTx, segments: Segments, wish: SegmentWish): Promise<SegmentWish> {
  if (wish.networkType === 'flat') return flat(tx, segments, wish);
  if (wish.networkType === 'vxlan') {
    if (wish.physicalNetwork !== null) throw invalid('provider:physical_network specified for vxlan network');
    return { ...wish, segmentationId: await numberFor(tx, wish, { last: LAST_VNI, pool: segments.vnis }) };
  }
  const { vlans } = physical(segments, wish);
  return { ...wish, segmentationId: await numberFor(tx, wish, { last: LAST_VLAN, pool: vlans }) };
}

async function flat(tx: NetworkTx, segments: Segments, wish: SegmentWish): Promise<SegmentWish> {
  if (wish.segmentationId !== null) throw invalid('provider:segmentation_id specified for flat network');
  const name = wish.physicalNetwork ?? UPLINK;
  if (name === UPLINK) return { ...wish, physicalNetwork: name };
  physical(segments, wish);
  const taken = await networkStore.count(tx, (eb) =>
    eb.and([eb('network_type', '=', 'flat'), eb('physical_network', '=', name)]),
  );
  if (taken > 0)
    throw refused(
      'FlatNetworkInUse',
      `Unable to create the flat network. Physical network ${name} is in use.`,
    );
  return wish;
}

function physical(
  { physicalNetworks }: Segments,
  { networkType, physicalNetwork }: SegmentWish,
): PhysicalNetwork {
  const found = physicalNetworks.find(({ name }) => name === physicalNetwork);
  if (found) return found;
  throw invalid(
    physicalNetwork === null
      ? `physical_network required for ${networkType} provider network`
      : `physical_network '${physicalNetwork}' unknown for ${networkType} provider network`,
  );
}

interface Numbers {
  readonly last: number;
  readonly pool: Range | undefined;
}

async function numberFor(tx: NetworkTx, wish: SegmentWish, { last, pool }: Numbers): Promise<number> {
  const { segmentationId: given, networkType, physicalNetwork } = wish;
  if (given === null) return lowestFree(tx, wish, pool);
  if (given < 1 || given > last)
    throw invalid(`segmentation_id out of range (1 through ${last}) for ${networkType} provider network`);
  const taken = await networkStore.count(tx, (eb) =>
    eb.and([
      eb('network_type', '=', networkType),
      eb('segmentation_id', '=', given),
      physicalNetwork === null
        ? eb('physical_network', 'is', null)
        : eb('physical_network', '=', physicalNetwork),
    ]),
  );
  if (taken === 0) return given;
  if (networkType === 'vxlan')
    throw refused('TunnelIdInUse', `Unable to create the network. The tunnel ID ${given} is in use.`);
  throw refused(
    'VlanIdInUse',
    `Unable to create the network. The VLAN ${given} on physical network ${physicalNetwork} is in use.`,
  );
}

async function lowestFree(tx: NetworkTx, wish: SegmentWish, pool: Range | undefined): Promise<number> {
  const taken = sql`select segmentation_id from network_network where network_type = ${wish.networkType}
    and coalesce(physical_network, '') = ${wish.physicalNetwork ?? ''}`;
  const { rows } = pool
    ? await sql<{ number: number | null }>`select min(n) as number from (
        select cast(${pool.first} as bigint) as n union select segmentation_id + 1 from (${taken}) as t
      ) as c where n between ${pool.first} and ${pool.last} and n not in (${taken})`.execute(tx)
    : { rows: [] };
  const found = rows[0]?.number;
  if (found !== null && found !== undefined) return found;
  throw networkError(
    'unavailable',
    'NoNetworkAvailable',
    'Unable to create the network. No tenant network is available for allocation.',
  );
}
