import type { Ctx } from '#kernel/context.ts';
import { networkKind } from '../kinds.ts';
import { poolKind, scopeKind } from '../kinds-extra.ts';
import { bitsOf, parseCidr, type IpVersion } from '../model/addresses.ts';
import { invalid, networkError, refused } from '../model/errors.ts';
import { SHARED } from '../model/sharing.ts';
import { changed, newStandard, type Target } from '../model/standard.ts';
import {
  assertBounds,
  assertGrows,
  assertScopeFits,
  assertScopeVersion,
  compactPrefixes,
  defaultMinPrefixlen,
  withoutPrefixes,
  type SubnetPool,
} from '../model/subnet-pool.ts';
import type { CreatePoolBody, OnboardInput, UpdatePoolBody } from '../schema/subnet-pool.ts';
import { deleteEntries } from '../store/sharing.ts';
import { poolStore, subnetStore } from '../store/stores.ts';
import type { UseCaseDeps } from './deps.ts';
import { assertQuota } from './quotas.ts';
import { getVisible } from './reader.ts';
import { shareWithAll } from './sharing.ts';
import { createEach, type Work } from './unit.ts';
import { authorizeAttributes, ownerOf, pick } from './wire.ts';

/** Use-cases on subnet pools; what subnets take from them is in `pool-allocation.ts`. */
export class SubnetPoolService {
  readonly #deps: UseCaseDeps;

  constructor(deps: UseCaseDeps) {
    this.#deps = deps;
  }

  create(ctx: Ctx, bodies: readonly CreatePoolBody[]): Promise<SubnetPool[]> {
    return createEach(this.#deps.unit, bodies, async (work, body) => {
      authorizeAttributes(ctx, this.#deps.policy, { verb: 'create', object: 'subnetpool' }, body);
      const projectId = ownerOf(ctx, body);
      await assertQuota(work, projectId, 'subnetpool');
      const pool = newPool(ctx, projectId, body);
      await assertSound(ctx, work, pool);
      await poolStore.insert(work.tx, [pool]);
      const { id } = pool;
      const sharing = { objectType: 'subnetpool', objectId: id, projectId, action: SHARED } as const;
      await shareWithAll(ctx, work.tx, { ...sharing, wanted: body.shared });
      return pool;
    });
  }

  update(ctx: Ctx, target: Target, body: UpdatePoolBody): Promise<SubnetPool> {
    return this.#change(ctx, target, (before) => {
      authorizeAttributes(ctx, this.#deps.policy, { verb: 'update', object: 'subnetpool' }, body);
      const prefixes = body.prefixes ? compactPrefixes(before.ipVersion, body.prefixes) : before.prefixes;
      assertGrows(before.prefixes, prefixes);
      return { ...before, ...changeOf(body), prefixes };
    });
  }

  addPrefixes(ctx: Ctx, target: Target, given: readonly string[]): Promise<SubnetPool> {
    return this.#change(ctx, target, (before) => ({
      ...before,
      prefixes: compactPrefixes(before.ipVersion, [...before.prefixes, ...given]),
    }));
  }

  /** @throws CloudError when a subnet has been cut from what would go. */
  removePrefixes(ctx: Ctx, target: Target, given: readonly string[]): Promise<SubnetPool> {
    return this.#change(ctx, target, async (before, { tx }) => {
      const prefixes = withoutPrefixes(before, given);
      const subnets = await subnetStore.list(tx, (eb) => eb('subnetpool_id', '=', before.id));
      assertGrows(
        subnets.map(({ cidr }) => cidr),
        prefixes,
      );
      return { ...before, prefixes };
    });
  }

  /** The network's subnets of the pool's IP version become the pool's, with what they cover. */
  onboard(ctx: Ctx, target: Target, input: OnboardInput): Promise<SubnetPool> {
    return this.#change(ctx, target, async (before, { tx }) => {
      const network = await getVisible(tx, ctx, networkKind, input.network_id);
      this.#deps.policy.authorize(ctx, 'update_network', { project_id: network.projectId });
      const all = await subnetStore.list(tx, (eb) => eb('network_id', '=', network.id));
      const subnets = all.filter(({ ipVersion }) => ipVersion === before.ipVersion);
      if (subnets.length === 0)
        throw networkError(
          'bad-request',
          'NoSubnetsToOnboard',
          `Network ${network.id} has no IPv${before.ipVersion} subnets to onboard.`,
        );
      if (subnets.some(({ subnetpoolId }) => subnetpoolId !== null && subnetpoolId !== before.id))
        throw refused('IllegalSubnetPoolUpdate', `Subnets of network ${network.id} are of another pool.`);
      for (const subnet of subnets)
        await subnetStore.update(tx, changed(ctx, subnet, { subnetpoolId: before.id }));
      const prefixes = [...before.prefixes, ...subnets.map(({ cidr }) => cidr)];
      return { ...before, prefixes: compactPrefixes(before.ipVersion, prefixes) };
    });
  }

  delete(ctx: Ctx, target: Target): Promise<void> {
    return this.#deps.unit.run(async (work) => {
      const { tx } = work;
      const { id } = await this.#load(ctx, work, target, 'delete_subnetpool');
      if ((await subnetStore.count(tx, (eb) => eb('subnetpool_id', '=', id))) > 0)
        throw networkError(
          'bad-request',
          'SubnetPoolDeleteError',
          'Unable to delete subnet pool: Subnet pool has existing allocations.',
        );
      await deleteEntries(tx, [id]);
      await poolStore.delete(tx, [id]);
    });
  }

  #change(
    ctx: Ctx,
    target: Target,
    change: (before: SubnetPool, work: Work) => Promise<SubnetPool> | SubnetPool,
  ): Promise<SubnetPool> {
    return this.#deps.unit.run(async (work) => {
      const before = await this.#load(ctx, work, target, 'update_subnetpool');
      const after = changed(ctx, before, await change(before, work));
      await assertSound(ctx, work, after);
      await poolStore.update(work.tx, after);
      return after;
    });
  }

  #load(ctx: Ctx, { tx }: Work, target: Target, rule: string): Promise<SubnetPool> {
    return this.#deps.reader.load(tx, ctx, poolKind, { target, rule });
  }
}

function newPool(ctx: Ctx, projectId: string, body: CreatePoolBody): SubnetPool {
  const ipVersion: IpVersion = parseCidr(body.prefixes[0] ?? '').version;
  const minPrefixlen = body.min_prefixlen ?? defaultMinPrefixlen(ipVersion);
  return {
    ...newStandard(ctx, projectId, body.tags ? { tags: body.tags } : {}),
    ipVersion,
    prefixes: compactPrefixes(ipVersion, body.prefixes),
    isDefault: false,
    addressScopeId: null,
    defaultQuota: null,
    ...changeOf(body),
    minPrefixlen,
    maxPrefixlen: body.max_prefixlen ?? bitsOf(ipVersion),
    defaultPrefixlen: body.default_prefixlen ?? minPrefixlen,
  };
}

const LENGTHS = ['min_prefixlen', 'max_prefixlen', 'default_prefixlen'] as const;

/** No length, said as null, means: as it was. */
function changeOf(body: UpdatePoolBody): Partial<SubnetPool> {
  const lengths = LENGTHS.filter((name) => body[name] !== null);
  return pick<SubnetPool>(
    body,
    'name',
    'description',
    'is_default',
    'address_scope_id',
    'default_quota',
    ...lengths,
  );
}

/** The rules that hold for a pool among others. */
async function assertSound(ctx: Ctx, { tx }: Work, pool: SubnetPool): Promise<void> {
  assertBounds(pool);
  const others = await poolStore.list(tx, (eb) => eb('ip_version', '=', pool.ipVersion));
  if (pool.isDefault && others.some(({ id, isDefault }) => isDefault && id !== pool.id))
    throw invalid('A default subnetpool for this IP family has already been set.');
  if (pool.addressScopeId === null) return;
  assertScopeVersion(pool, await getVisible(tx, ctx, scopeKind, pool.addressScopeId));
  assertScopeFits(
    pool,
    others.filter(({ addressScopeId }) => addressScopeId === pool.addressScopeId),
  );
}
