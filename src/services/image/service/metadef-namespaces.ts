import { isoTime } from '#kernel/clock.ts';
import { projectOf, type Ctx } from '#kernel/context.ts';
import type { Db } from '#kernel/db/database.ts';
import { notFound } from '#kernel/errors.ts';
import { newUuid } from '#kernel/ids.ts';
import type { Page, PageRequest } from '#kernel/paging.ts';
import {
  assertUnprotected,
  namespaceExists,
  namespaceNotFound,
  type Association,
  type Item,
  type Namespace,
  type ResourceType,
} from '../model/metadef.ts';
import type { CreateNamespaceBody, UpdateNamespaceBody } from '../schema/metadef.ts';
import { associationStore } from '../store/metadef-associations.ts';
import { itemStore } from '../store/metadef-items.ts';
import { namespaceStore, type NamespaceFilter } from '../store/metadef-namespaces.ts';
import type { ImageTables } from '../tables.ts';
import type { ImageDeps } from './deps.ts';

/** A namespace with all that is in it. */
export interface WholeNamespace {
  readonly namespace: Namespace;
  readonly items: readonly Item[];
  readonly associations: readonly Association[];
}

type Deps = Pick<ImageDeps, 'database' | 'policy' | 'clock'>;

/** Use-cases on namespaces of metadata definitions. Public ones are everybody's to read. */
export class NamespaceService {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  async list(
    ctx: Ctx,
    filter: Omit<NamespaceFilter, 'viewer'>,
    page: PageRequest,
  ): Promise<Page<WholeNamespace & { id: string }>> {
    const viewer = ctx.isAdmin ? null : projectOf(ctx);
    const { items, next } = await namespaceStore.list(this.#db, { ...filter, viewer }, page);
    const all = await associationStore.list(
      this.#db,
      items.map(({ id }) => id),
    );
    const byNamespace = Map.groupBy(all, ({ namespaceId }) => namespaceId);
    return {
      items: items.map((namespace) => ({
        id: namespace.id,
        namespace,
        items: [],
        associations: byNamespace.get(namespace.id) ?? [],
      })),
      next: next && (items.at(-1)?.name ?? null),
    };
  }

  /** A namespace the caller may see. @throws CloudError `not-found` for all others. */
  async get(ctx: Ctx, name: string): Promise<Namespace> {
    const namespace = await namespaceStore.find(this.#db, name);
    const visible =
      namespace && (ctx.isAdmin || namespace.visibility === 'public' || namespace.owner === projectOf(ctx));
    if (!visible) throw namespaceNotFound(name);
    return namespace;
  }

  async getFor(ctx: Ctx, name: string, rule: string): Promise<Namespace> {
    const namespace = await this.get(ctx, name);
    this.#deps.policy.authorize(ctx, rule, { project_id: namespace.owner });
    return namespace;
  }

  async whole(ctx: Ctx, name: string): Promise<WholeNamespace> {
    const namespace = await this.get(ctx, name);
    const items = await itemStore.all(this.#db, namespace.id);
    return { namespace, items, associations: await associationStore.list(this.#db, [namespace.id]) };
  }

  async create(ctx: Ctx, body: CreateNamespaceBody): Promise<WholeNamespace> {
    const now = isoTime(this.#deps.clock.now());
    const blank = { visibility: 'private', protected: false, owner: projectOf(ctx) } as const;
    const namespace = withFields(
      { ...blank, ...NOTHING, id: newUuid(), createdAt: now, updatedAt: now },
      body,
    );
    this.#deps.policy.authorize(ctx, 'add_metadef_namespace', { project_id: namespace.owner });
    const whole = wholeOf(namespace, body);
    await this.#orExists(namespace.name, () =>
      this.#deps.database.transaction<ImageTables, void>(async (tx) => {
        await namespaceStore.insert(tx, namespace);
        await itemStore.insert(tx, whole.items);
        for (const association of whole.associations) await associationStore.put(tx, association);
      }),
    );
    return whole;
  }

  async update(ctx: Ctx, name: string, body: UpdateNamespaceBody): Promise<Namespace> {
    const before = await this.getFor(ctx, name, 'modify_metadef_namespace');
    if (before.protected && body.protected !== false) assertUnprotected(before, 'it cannot be changed');
    const after = { ...withFields(before, body), updatedAt: isoTime(this.#deps.clock.now()) };
    if (after.owner !== before.owner) this.#deps.policy.authorize(ctx, 'admin');
    await this.#orExists(after.name, () => namespaceStore.update(this.#db, after));
    return after;
  }

  async delete(ctx: Ctx, name: string): Promise<void> {
    const namespace = await this.getFor(ctx, name, 'delete_metadef_namespace');
    assertUnprotected(namespace, 'it cannot be deleted');
    await this.#deps.database.transaction<ImageTables, void>((tx) => namespaceStore.delete(tx, namespace.id));
  }

  resourceTypes(): Promise<ResourceType[]> {
    return associationStore.resourceTypes(this.#db);
  }

  async associations(ctx: Ctx, name: string): Promise<Association[]> {
    return associationStore.list(this.#db, [(await this.get(ctx, name)).id]);
  }

  async associate(ctx: Ctx, name: string, body: AssociationBody): Promise<Association> {
    const namespace = await this.getFor(ctx, name, 'add_metadef_resource_type_association');
    const association = toAssociation(namespace.id, body, isoTime(this.#deps.clock.now()));
    await this.#deps.database.transaction<ImageTables, void>((tx) => associationStore.put(tx, association));
    return association;
  }

  async dissociate(ctx: Ctx, name: string, resourceType: string): Promise<void> {
    const namespace = await this.getFor(ctx, name, 'remove_metadef_resource_type_association');
    if (await associationStore.delete(this.#db, namespace.id, resourceType)) return;
    throw notFound(`The resource type ${resourceType} is not associated with namespace=${name}.`);
  }

  async #orExists(name: string, write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (thrown) {
      throw this.#deps.database.engine.isUniqueViolation(thrown) ? namespaceExists(name) : thrown;
    }
  }

  get #db(): Db<ImageTables> {
    return this.#deps.database.handle();
  }
}

export type AssociationBody = NonNullable<CreateNamespaceBody['resource_type_associations']>[number];

const NOTHING = { name: '', displayName: null, description: null };

/** What the body does not name stays. */
const withFields = (namespace: Namespace, body: UpdateNamespaceBody): Namespace => ({
  ...namespace,
  name: body.namespace,
  displayName: body.display_name === undefined ? namespace.displayName : body.display_name,
  description: body.description === undefined ? namespace.description : body.description,
  visibility: body.visibility ?? namespace.visibility,
  protected: body.protected ?? namespace.protected,
  owner: body.owner ?? namespace.owner,
});

export function wholeOf(namespace: Namespace, body: CreateNamespaceBody): WholeNamespace {
  const { id: namespaceId, createdAt, updatedAt } = namespace;
  const item = (kind: Item['kind'], { name, ...rest }: { readonly name: string }): Item => {
    return { id: newUuid(), namespaceId, kind, name, body: definitionOf(rest), createdAt, updatedAt };
  };
  const properties = Object.entries(body.properties ?? {}).map(([name, rest]) => ({ ...rest, name }));
  return {
    namespace,
    items: [
      ...properties.map((property) => item('property', property)),
      ...(body.objects ?? []).map((object) => item('object', object)),
      ...(body.tags ?? []).map((tag) => item('tag', tag)),
    ],
    associations: (body.resource_type_associations ?? []).map((association) =>
      toAssociation(namespaceId, association, createdAt),
    ),
  };
}

/** All of a body but what clients only send back. */
export const definitionOf = (body: object): Record<string, unknown> => {
  const {
    created_at: _created,
    updated_at: _updated,
    self: _self,
    schema: _schema,
    ...rest
  } = body as Record<string, unknown>;
  return rest;
};

const toAssociation = (namespaceId: string, body: AssociationBody, now: string): Association => ({
  namespaceId,
  resourceType: body.name,
  prefix: body.prefix ?? null,
  propertiesTarget: body.properties_target ?? null,
  createdAt: now,
  updatedAt: now,
});
