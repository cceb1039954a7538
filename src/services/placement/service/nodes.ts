import { isoTime, type Clock } from '#kernel/clock.ts';
import type { Database, Db } from '#kernel/db/database.ts';
import type { NodeDescription } from '#node/description.ts';
import { hostnameTaken, nodeNotFound, type StoredNode } from '../model/node.ts';
import type { NodeChange } from '../port.ts';
import { nodeStore } from '../store/nodes.ts';
import type { PlacementTables } from '../tables.ts';

export interface NodeRegistryDeps {
  readonly database: Database;
  readonly clock: Clock;
}

const SEEN_EVERY_MS = 30_000;

/** Which nodes there are, and which of them are here. */
export class NodeRegistry {
  readonly #deps: NodeRegistryDeps;
  readonly #seen = new Map<string, number>();

  constructor(deps: NodeRegistryDeps) {
    this.#deps = deps;
  }

  list(): Promise<StoredNode[]> {
    return nodeStore.list(this.#db, this.#deps.clock.now());
  }

  find(idOrHostname: string): Promise<StoredNode | undefined> {
    return nodeStore.find(this.#db, idOrHostname, this.#deps.clock.now());
  }

  /** @throws CloudError `not-found` */
  async get(idOrHostname: string): Promise<StoredNode> {
    const node = await this.find(idOrHostname);
    if (!node) throw nodeNotFound(idOrHostname);
    return node;
  }

  /** It is here. @throws CloudError `conflict` when another node that is up has its name. */
  async register(id: string, description: NodeDescription): Promise<void> {
    const known = await this.find(description.hostname);
    if (known && known.id !== id && known.state === 'up') throw hostnameTaken(description.hostname);
    await this.#deps.database.transaction((tx) =>
      nodeStore.save(tx as Db<PlacementTables>, { id, last_seen: this.#now() }, description),
    );
  }

  /** Something about it is different from what it said at its hello. */
  async describe(id: string, change: Partial<NodeDescription>): Promise<void> {
    await this.#deps.database.transaction((tx) => nodeStore.describe(tx as Db<PlacementTables>, id, change));
  }

  async markDown(id: string): Promise<void> {
    this.#seen.delete(id);
    await nodeStore.setSeen(this.#db, id, { state: 'down', last_seen: this.#now() });
  }

  /** After a start of control nobody is here yet; whoever was, may be again in a moment. */
  async markAllDown(): Promise<void> {
    await nodeStore.setAllDown(this.#db, this.#now());
  }

  /** It gave a sign of life. Written down now and then only. */
  async touch(id: string): Promise<void> {
    const now = this.#deps.clock.now().getTime();
    if (now - (this.#seen.get(id) ?? 0) < SEEN_EVERY_MS) return;
    this.#seen.set(id, now);
    await nodeStore.setSeen(this.#db, id, { last_seen: this.#now() });
  }

  /** Takes a node out of the scheduler's sight, or puts it back. What runs there goes on. @throws CloudError `not-found` */
  async change(idOrHostname: string, change: NodeChange): Promise<StoredNode> {
    const { id } = await this.get(idOrHostname);
    await nodeStore.change(this.#db, id, change);
    return this.get(id);
  }

  /** One that is connected would only come again: it is as new. @throws CloudError `not-found` */
  async forget(idOrHostname: string): Promise<void> {
    const { id } = await this.get(idOrHostname);
    if (await nodeStore.forget(this.#db, id)) return;
    await nodeStore.change(this.#db, id, { disabled: false, disabledReason: null, forcedDown: false });
  }

  #now(): string {
    return isoTime(this.#deps.clock.now());
  }

  get #db(): Db<PlacementTables> {
    return this.#deps.database.handle();
  }
}
