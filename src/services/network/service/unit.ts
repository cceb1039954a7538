import type { Database } from '#kernel/db/database.ts';
import { bumpGenerations, Changes } from '../desired/changes.ts';
import type { Pusher } from '../desired/pusher.ts';
import type { IdentityPort } from '#services/identity/port.ts';
import type { NetworkTables, NetworkTx } from '../tables.ts';
import { KnownLimits, LimitsUnknown } from './identity-limits.ts';

/** One change of the cloud's networks under way. */
export interface Work {
  readonly tx: NetworkTx;
  readonly changes: Changes;
  /** 0 for the first try; grows when another took the same address, MAC or segment meanwhile. */
  readonly attempt: number;
  readonly limits: KnownLimits;
}

const TRIES = 20;

/** Runs a change as one transaction, gives what it touched new generations, and then tells the nodes. */
export class Unit {
  readonly #database: Database;
  readonly #pusher: Pusher;
  readonly #identity: Pick<IdentityPort, 'limits'>;

  constructor(database: Database, pusher: Pusher, identity: Pick<IdentityPort, 'limits'>) {
    this.#database = database;
    this.#pusher = pusher;
    this.#identity = identity;
  }

  /** @param projectId whose limits the work will probably ask for: spares it a second start */
  async run<T>(work: (work: Work) => Promise<T>, projectId?: string): Promise<T> {
    const limits = new KnownLimits(this.#identity);
    if (projectId !== undefined) await limits.ask(projectId);
    for (let attempt = 0; ; attempt++) {
      const changes = new Changes();
      try {
        const result = await this.#database.transaction<NetworkTables, T>(async (tx) => {
          const made = await work({ tx, changes, attempt, limits });
          await bumpGenerations(tx, changes);
          return made;
        });
        await this.#pusher.push(changes);
        return result;
      } catch (thrown) {
        if (thrown instanceof LimitsUnknown) {
          await limits.ask(thrown.projectId);
          attempt--; // nobody was in the way: the same try again
        } else if (attempt >= TRIES || !this.#database.engine.isUniqueViolation(thrown)) throw thrown;
      }
    }
  }
}

/** All of them or none, one after the other. */
export const createEach = <B, T>(
  unit: Unit,
  bodies: readonly B[],
  create: (work: Work, body: B) => Promise<T>,
): Promise<T[]> =>
  unit.run(async (work) => {
    const items: T[] = [];
    for (const body of bodies) items.push(await create(work, body));
    return items;
  });
