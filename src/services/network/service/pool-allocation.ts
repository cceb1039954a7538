import type { Ctx } from '#kernel/context.ts';
import { poolKind } from '../kinds-extra.ts';
import { formatCidr, parseCidr, type Cidr } from '../model/addresses.ts';
import { invalid, networkError } from '../model/errors.ts';
import type { Subnet } from '../model/subnet.ts';
import {
  assertFree,
  assertPoolQuota,
  cutFree,
  poolNotFound,
  prefixlenOf,
  type SubnetPool,
} from '../model/subnet-pool.ts';
import type { CreateSubnetBody } from '../schema/subnet.ts';
import { poolStore, subnetStore } from '../store/stores.ts';
import type { NetworkTx } from '../tables.ts';
import { getVisible } from './reader.ts';
import type { Work } from './unit.ts';

export interface SubnetRange {
  readonly cidr: string;
  readonly subnetpoolId: string | null;
}

/** The range of a new subnet: as it is given, or cut from a pool. */
export async function rangeFor(
  ctx: Ctx,
  work: Work,
  body: CreateSubnetBody,
  projectId: string,
): Promise<SubnetRange> {
  const pool = await poolFor(ctx, work.tx, body);
  if (!pool) {
    if (!body.cidr)
      throw networkError(
        'bad-request',
        'BadRequest',
        'A cidr must be specified in the absence of a subnet pool',
      );
    if (body.prefixlen)
      throw networkError('bad-request', 'BadRequest', 'A prefixlen is only for subnets of a pool');
    return { cidr: body.cidr, subnetpoolId: null };
  }
  if (pool.ipVersion !== body.ip_version)
    throw networkError(
      'bad-request',
      'BadRequest',
      `Cannot allocate IPv${body.ip_version} subnet from IPv${pool.ipVersion} subnet pool`,
    );
  await lock(work.tx, pool);
  const cut = await subnetStore.list(work.tx, (eb) => eb('subnetpool_id', '=', pool.id));
  const taken = cut.map(({ cidr }) => parseCidr(cidr));
  const cidr = body.cidr ? exact(pool, body, taken) : cutFree(pool, prefixlenOf(pool, lengthOf(body)), taken);
  const own = cut.filter((subnet) => subnet.projectId === projectId);
  assertPoolQuota(
    pool,
    own.map((subnet) => parseCidr(subnet.cidr)),
    cidr,
  );
  return { cidr: formatCidr(cidr), subnetpoolId: pool.id };
}

const lengthOf = (body: CreateSubnetBody): number | undefined => body.prefixlen ?? undefined;

function exact(pool: SubnetPool, body: CreateSubnetBody, taken: readonly Cidr[]): Cidr {
  if (body.prefixlen) throw invalid('cidr and prefixlen cannot both be given.');
  const cidr = parseCidr(body.cidr ?? '');
  prefixlenOf(pool, cidr.prefix);
  assertFree(pool, cidr, taken);
  return cidr;
}

async function poolFor(ctx: Ctx, tx: NetworkTx, body: CreateSubnetBody): Promise<SubnetPool | undefined> {
  const named = body.subnetpool_id ?? undefined;
  if (!body.use_default_subnetpool) return named ? getVisible(tx, ctx, poolKind, named) : undefined;
  if (named !== undefined)
    throw networkError(
      'bad-request',
      'BadRequest',
      'subnetpool_id and use_default_subnetpool cannot both be specified',
    );
  const [found] = await poolStore.list(tx, (eb) =>
    eb.and([eb('ip_version', '=', body.ip_version), eb('is_default', '=', 1)]),
  );
  if (!found) throw poolNotFound(`default for IPv${body.ip_version}`);
  return found;
}

/** Two who cut from one pool do it one after the other: the second sees what the first took. */
const lock = (tx: NetworkTx, { id }: SubnetPool): Promise<unknown> =>
  tx
    .updateTable('network_subnet_pool')
    .set((eb) => ({ updated_at: eb.ref('updated_at') }))
    .where('id', '=', id)
    .execute();

/** Subnets of one IP version on one network are of one pool, or of none. */
export function assertSamePool(range: SubnetRange, version: number, others: readonly Subnet[]): void {
  const other = others.find(
    (subnet) => subnet.ipVersion === version && subnet.subnetpoolId !== range.subnetpoolId,
  );
  if (other)
    throw networkError(
      'bad-request',
      'NetworkSubnetPoolAffinityError',
      'Subnets hosted on the same network must be allocated from the same subnet pool.',
    );
}
