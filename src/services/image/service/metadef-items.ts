import { isoTime } from '#kernel/clock.ts';
import type { Ctx } from '#kernel/context.ts';
import type { Db } from '#kernel/db/database.ts';
import { newUuid } from '#kernel/ids.ts';
import type { Page, PageRequest } from '#kernel/paging.ts';
import { itemExists, itemNotFound, type Item, type ItemKind, type Namespace } from '../model/metadef.ts';
import { itemStore } from '../store/metadef-items.ts';
import type { ImageTables } from '../tables.ts';
import type { ImageDeps } from './deps.ts';
import { definitionOf, type NamespaceService } from './metadef-namespaces.ts';

interface Deps extends Pick<ImageDeps, 'database' | 'clock'> {
  readonly namespaces: NamespaceService;
}

/** An item as it came over the wire. */
export interface ItemBody {
  readonly name: string;
}

/** The rules of one kind, by their upstream names. */
export interface ItemRules {
  readonly kind: ItemKind;
  readonly add: string;
  readonly modify: string;
  readonly remove: string;
}

/** Use-cases on one kind of items in namespaces: properties, objects, or tags. */
export class ItemService {
  readonly #deps: Deps;
  readonly #rules: ItemRules;

  constructor(deps: Deps, rules: ItemRules) {
    this.#deps = deps;
    this.#rules = rules;
  }

  async list(ctx: Ctx, namespaceName: string, page: PageRequest): Promise<Page<Item>> {
    const namespace = await this.#deps.namespaces.get(ctx, namespaceName);
    const { items, next } = await itemStore.list(this.#db, this.#place(namespace), page);
    return { items, next: next && (items.at(-1)?.name ?? null) };
  }

  async get(ctx: Ctx, namespaceName: string, name: string): Promise<Item> {
    return this.#find(await this.#deps.namespaces.get(ctx, namespaceName), name);
  }

  async create(ctx: Ctx, namespaceName: string, body: ItemBody): Promise<Item> {
    const namespace = await this.#deps.namespaces.getFor(ctx, namespaceName, this.#rules.add);
    const item = this.#newItem(namespace, body);
    await this.#orExists(namespace, body.name, () => itemStore.insert(this.#db, [item]));
    return item;
  }

  /** All at once, in the place of those that are there or beside them. */
  async createAll(ctx: Ctx, namespaceName: string, { bodies, append }: NewItems): Promise<Item[]> {
    const namespace = await this.#deps.namespaces.getFor(ctx, namespaceName, this.#rules.add);
    const items = bodies.map((body) => this.#newItem(namespace, body));
    await this.#orExists(namespace, bodies.map(({ name }) => name).join(', '), () =>
      this.#deps.database.transaction<ImageTables, void>(async (tx) => {
        if (!append) await itemStore.deleteAll(tx, this.#place(namespace));
        await itemStore.insert(tx, items);
      }),
    );
    return items;
  }

  async update(ctx: Ctx, namespaceName: string, { name, body }: ItemChange): Promise<Item> {
    const namespace = await this.#deps.namespaces.getFor(ctx, namespaceName, this.#rules.modify);
    const before = await this.#find(namespace, name);
    const { id, createdAt } = before;
    const item = { ...this.#newItem(namespace, body), id, createdAt };
    await this.#orExists(namespace, body.name, () => itemStore.update(this.#db, item));
    return item;
  }

  async delete(ctx: Ctx, namespaceName: string, name: string): Promise<void> {
    const namespace = await this.#deps.namespaces.getFor(ctx, namespaceName, this.#rules.remove);
    await itemStore.delete(this.#db, (await this.#find(namespace, name)).id);
  }

  async deleteAll(ctx: Ctx, namespaceName: string): Promise<void> {
    const namespace = await this.#deps.namespaces.getFor(ctx, namespaceName, this.#rules.remove);
    await itemStore.deleteAll(this.#db, this.#place(namespace));
  }

  async #find(namespace: Namespace, name: string): Promise<Item> {
    const item = await itemStore.find(this.#db, this.#place(namespace), name);
    if (!item) throw itemNotFound(this.#rules.kind, name, namespace.name);
    return item;
  }

  #place(namespace: Namespace) {
    return { namespaceId: namespace.id, kind: this.#rules.kind };
  }

  #newItem(namespace: Namespace, { name, ...rest }: ItemBody): Item {
    const now = isoTime(this.#deps.clock.now());
    const body = definitionOf(rest);
    return { ...this.#place(namespace), id: newUuid(), name, body, createdAt: now, updatedAt: now };
  }

  async #orExists(namespace: Namespace, name: string, write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (thrown) {
      const exists = this.#deps.database.engine.isUniqueViolation(thrown);
      throw exists ? itemExists(this.#rules.kind, name, namespace.name) : thrown;
    }
  }

  get #db(): Db<ImageTables> {
    return this.#deps.database.handle();
  }
}

export interface NewItems {
  readonly bodies: readonly ItemBody[];
  /** Keep those that are there. */
  readonly append: boolean;
}

export interface ItemChange {
  readonly name: string;
  readonly body: ItemBody;
}
