import { isoTime } from '#kernel/clock.ts';
import type { Ctx } from '#kernel/context.ts';
import type { Database, Db, Tx } from '#kernel/db/database.ts';
import { conflict, notFound } from '#kernel/errors.ts';
import type { Allocation } from '../model/allocation.ts';
import { free, RESOURCES } from '../model/capacity.ts';
import { pickDedicated } from '../model/dedicated.ts';
import { schedule } from '../model/schedule.ts';
import type { Claim, Placed, PlacementPort, ResourceAmounts } from '../port.ts';
import { allocationStore, type AllocationFilter } from '../store/allocations.ts';
import { nodeStore } from '../store/nodes.ts';
import type { PlacementTables } from '../tables.ts';

const TRIES = 10;

/** Use-cases on allocations. Every placement of anything goes through `claim`. */
export class PlacementService implements PlacementPort {
  readonly #database: Database;

  constructor({ database }: { readonly database: Database }) {
    this.#database = database;
  }

  async claim(ctx: Ctx, claim: Claim): Promise<Placed> {
    for (let tries = 0; tries < TRIES; tries++) {
      const placed = await this.#tryClaim(ctx, claim);
      if (placed) return placed;
    }
    throw tooMany();
  }

  async release(_ctx: Ctx, consumer: string): Promise<void> {
    await allocationStore.delete(this.#db, consumer);
  }

  async resize(ctx: Ctx, consumer: string, resources: ResourceAmounts): Promise<void> {
    for (let tries = 0; tries < TRIES; tries++)
      if (
        await this.#database.transaction((tx: Tx<PlacementTables>) =>
          resizeIn(tx, ctx, { consumer, resources }),
        )
      )
        return;
    throw tooMany();
  }

  find(_ctx: Ctx, consumer: string): Promise<Allocation | undefined> {
    return allocationStore.find(this.#db, consumer);
  }

  list(_ctx: Ctx, filter: AllocationFilter): Promise<Allocation[]> {
    return allocationStore.list(this.#db, filter);
  }

  /** @throws CloudError `not-found` when the consumer holds nothing. */
  async delete(_ctx: Ctx, consumer: string): Promise<void> {
    if (!(await allocationStore.delete(this.#db, consumer)))
      throw notFound(`No allocations for consumer '${consumer}'`);
  }

  /** @returns undefined when another claim came in between. */
  async #tryClaim(ctx: Ctx, claim: Claim): Promise<Placed | undefined> {
    try {
      return await this.#database.transaction((tx: Tx<PlacementTables>) => claimIn(tx, ctx, claim));
    } catch (thrown) {
      if (this.#database.engine.isUniqueViolation(thrown)) return undefined;
      throw thrown;
    }
  }

  get #db(): Db<PlacementTables> {
    return this.#database.handle();
  }
}

async function claimIn(tx: Tx<PlacementTables>, ctx: Ctx, claim: Claim): Promise<Placed | undefined> {
  const held = await allocationStore.find(tx, claim.consumer);
  if (held) return placed(held);
  const node = schedule(await nodeStore.list(tx, ctx.clock.now()), claim);
  if (!(await nodeStore.bumpGeneration(tx, node))) return undefined;
  const allocation: Allocation = {
    consumer: claim.consumer,
    host: node.hostname,
    projectId: claim.projectId,
    userId: claim.userId,
    resources: claim.resources,
    cpuset: (claim.dedicatedCpus && pickDedicated(node, claim.dedicatedCpus)) || null,
    createdAt: isoTime(ctx.clock.now()),
  };
  await allocationStore.insert(tx, allocation);
  return placed(allocation);
}

const placed = ({ host, cpuset }: Allocation): Placed => ({ host, ...(cpuset && { cpuset }) });

/** @returns false when another claim came in between. */
async function resizeIn(
  tx: Tx<PlacementTables>,
  ctx: Ctx,
  { consumer, resources }: Pick<Claim, 'consumer' | 'resources'>,
): Promise<boolean> {
  const held = await allocationStore.find(tx, consumer);
  if (!held) return true;
  const node = await nodeStore.find(tx, held.host, ctx.clock.now());
  if (!node) return true;
  const left = free(node);
  const short = RESOURCES.find((name) => resources[name] - held.resources[name] > Math.max(0, left[name]));
  if (short)
    throw conflict(`Host ${held.host} has not enough ${short} left.`, { code: 'resources-unavailable' });
  if (!(await nodeStore.bumpGeneration(tx, node))) return false;
  await allocationStore.resize(tx, consumer, resources);
  return true;
}

const tooMany = () => conflict('Too many placements at once; try again.', { retryable: true });
