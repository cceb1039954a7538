import { messageOf } from '#kernel/errors.ts';
import type { Database } from '#kernel/db/database.ts';
import type { Logger } from '#kernel/log.ts';
import type { ObjectKey } from '#node/protocol.ts';
import type { NodePort } from '#services/placement/port.ts';
import type { NetworkTables } from '../tables.ts';
import { Changes, KINDS, type NetworkKind } from './changes.ts';
import { hostsOf, loadObjects, presentOn, type Ids } from './load.ts';

export interface PusherDeps {
  readonly database: Database;
  readonly nodes: NodePort;
  readonly log: Logger;
  /** Search domain of networks without one. */
  readonly domain: string;
}

interface Queue {
  running: Promise<void>;
  waiting: { readonly changes: Changes; readonly done: Promise<void> } | null;
}

/**
 * Tells nodes what changed, after the commit. Each host has one put under way at a time, and what comes meanwhile goes
 * together in the next; each put reads the database when it starts, so that the last one always tells the latest.
 */
export class Pusher {
  readonly #deps: PusherDeps;
  readonly #queues = new Map<string, Queue>();

  constructor(deps: PusherDeps) {
    this.#deps = deps;
  }

  /** Resolves when every host concerned has stored the changes or could not be reached. Never throws. */
  async push(changes: Changes): Promise<void> {
    if (changes.empty) return;
    const hosts = await hostsOf(this.#deps.database.handle<NetworkTables>(), changes);
    await Promise.all([...hosts].map((host) => this.#enqueue(host, changes)));
  }

  #enqueue(host: string, changes: Changes): Promise<void> {
    const queue = this.#queues.get(host) ?? { running: Promise.resolve(), waiting: null };
    this.#queues.set(host, queue);
    if (!queue.waiting) {
      const gathered = new Changes();
      const done = queue.running.then(() => {
        queue.waiting = null;
        return this.#put(host, gathered);
      });
      queue.waiting = { changes: gathered, done };
      queue.running = done;
    }
    queue.waiting.changes.merge(changes);
    return queue.waiting.done;
  }

  async #put(host: string, changes: Changes): Promise<void> {
    const { database, nodes, log, domain } = this.#deps;
    try {
      const db = database.handle<NetworkTables>();
      const present = await presentOn(db, host);
      const objects = await loadObjects(db, choose(present, changes, true), domain);
      const removed = changes.left.has(host) ? keysOf(choose(present, changes, false)) : [];
      if (objects.length + removed.length > 0) await nodes.put(host, objects, removed);
    } catch (thrown) {
      log.warn(
        { host, reason: messageOf(thrown) },
        'node not told of network changes; it is sent all at its return',
      );
    }
  }
}

/** Of what was touched, that which the host should have (`there`) or should not. */
function choose(present: Ids, { touched }: Changes, there: boolean): Ids {
  const pick = (kind: NetworkKind): string[] => {
    const known = new Set(present[kind]);
    return [...touched[kind]].filter((id) => known.has(id) === there);
  };
  return { network: pick('network'), group: pick('group'), port: pick('port'), router: pick('router') };
}

/** Last first: what others stand on goes at the end. */
const keysOf = (ids: Ids): ObjectKey[] =>
  KINDS.toReversed().flatMap((kind) => ids[kind].map((id) => ({ kind, id })));
