import { CloudError, messageOf } from '#kernel/errors.ts';
import type { ObjectKey } from '#node/protocol.ts';
import { desiredOn } from '../store/desired.ts';
import type { VolumeTables } from '../tables.ts';
import type { TaskDeps } from './deps.ts';

type TellerDeps = Pick<TaskDeps, 'database' | 'nodes' | 'log'>;

/**
 * Tells nodes what changed, after the commit. One message after the other for each host, each made of what the database
 * says by then, so that the last one tells the latest. Never fails: a node that is away is sent everything when it returns.
 */
export class NodeTeller {
  readonly #deps: TellerDeps;
  readonly #queues = new Map<string, Promise<void>>();

  constructor(deps: TellerDeps) {
    this.#deps = deps;
  }

  tell(host: string, keys: readonly ObjectKey[]): Promise<void> {
    const told = (this.#queues.get(host) ?? Promise.resolve()).then(() => this.#put(host, keys));
    this.#queues.set(host, told);
    return told;
  }

  async #put(host: string, keys: readonly ObjectKey[]): Promise<void> {
    const { database, nodes, log } = this.#deps;
    try {
      const db = database.handle<VolumeTables>();
      const objects = await desiredOn(
        db,
        host,
        keys.map(({ id }) => id),
      );
      const there = new Set(objects.map(({ kind, id }) => `${kind}/${id}`));
      await nodes.put(
        host,
        objects,
        keys.filter(({ kind, id }) => !there.has(`${kind}/${id}`)),
      );
    } catch (thrown) {
      const level = thrown instanceof CloudError && thrown.kind === 'unavailable' ? 'info' : 'warn';
      log[level]({ host, why: messageOf(thrown) }, 'node not told of a change; it is sent all at its return');
    }
  }
}
