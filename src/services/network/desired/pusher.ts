import { messageOf } from '#kernel/errors.ts';
import type { Database } from '#kernel/db/database.ts';
import type { Logger } from '#kernel/log.ts';
import type { ObjectKey } from '#node/protocol.ts';
import type { NodePort } from '#services/placement/port.ts';
import type { NetworkDb, NetworkTables } from '../tables.ts';
import { Changes, KINDS, type TouchedKind } from './changes.ts';
import { hostsOf, loadObjects, presentOn, type Ids } from './load.ts';
import { remotesOfNetworks, type NodeAddresses } from './remotes.ts';

export interface PusherDeps {
  readonly database: Database;
  readonly nodes: NodePort;
  readonly log: Logger;
  /** Search domain of networks without one. */
  readonly domain: string;
  readonly addresses: () => Promise<NodeAddresses>;
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
    const { database, nodes, log, domain, addresses } = this.#deps;
    try {
      const db = database.handle<NetworkTables>();
      const present = await presentOn(db, host);
      const wanted = choose(present, changes, true);
      const remote = await touchedRemotes(db, host, { present, changes });
      const context = { domain, addresses: await addresses() };
      const objects = await loadObjects(db, { ...wanted, remote: remote.there }, context);
      const left = changes.left.has(host) ? choose(present, changes, false) : NOTHING;
      const removed = keysOf({ ...left, remote: remote.gone });
      if (objects.length + removed.length > 0) await nodes.put(host, objects, removed);
    } catch (thrown) {
      log.warn(
        { host, reason: messageOf(thrown) },
        'node not told of network changes; it is sent all at its return',
      );
    }
  }
}

const NOTHING: Ids = { network: [], group: [], remote: [], port: [], router: [] };

/** Of what was touched, that which the host should have (`there`) or should not. */
function choose(present: Ids, { touched }: Changes, there: boolean): Ids {
  const pick = (kind: TouchedKind): string[] => {
    const known = new Set(present[kind]);
    return [...touched[kind]].filter((id) => known.has(id) === there);
  };
  return {
    ...NOTHING,
    network: pick('network'),
    group: pick('group'),
    port: pick('port'),
    router: pick('router'),
  };
}

/** Last first: what others stand on goes at the end. */
const keysOf = (ids: Ids): ObjectKey[] =>
  KINDS.toReversed().flatMap((kind) => ids[kind].map((id) => ({ kind, id })));

/**
 * The ports elsewhere that a host must hear of: those that were touched, and all of a network whose first ports here were. A port
 * that was touched and is not elsewhere is gone from there; one that is here was never there, unless it may have come from there.
 */
async function touchedRemotes(
  db: NetworkDb,
  host: string,
  { present, changes }: { readonly present: Ids; readonly changes: Changes },
): Promise<{ there: string[]; gone: string[] }> {
  const { port } = changes.touched;
  const known = new Set(present.remote);
  const hasMoved = [...changes.left].some((left) => left !== host);
  const here = new Set(hasMoved ? [] : present.port);
  const fresh = await remotesOfNetworks(db, host, [...port]);
  const there = new Set([...[...port].filter((id) => known.has(id)), ...fresh]);
  return { there: [...there], gone: [...port].filter((id) => !known.has(id) && !here.has(id)) };
}
