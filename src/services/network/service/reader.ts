import { sql, type Expression, type SqlBool } from 'kysely';
import { projectOf, type Ctx } from '#kernel/context.ts';
import type { Database } from '#kernel/db/database.ts';
import type { Policy } from '#kernel/policy/policy.ts';
import type { Kind, Viewer, Wire } from '../kind.ts';
import { assertRevision, type Standard, type Target } from '../model/standard.ts';
import { listPage, type ListQuery } from '../store/listing.ts';
import type { NetworkDb, NetworkTables } from '../tables.ts';

export interface WirePage {
  readonly items: readonly Wire[];
  /** Whether more follow. */
  readonly more: boolean;
}

/** Reading, the same for every resource: what may be seen, filtered, sorted, paged and shown. */
export class Reader {
  readonly #database: Database;
  readonly #policy: Policy;

  constructor(database: Database, policy: Policy) {
    this.#database = database;
    this.#policy = policy;
  }

  async list<T extends Standard>(ctx: Ctx, kind: Kind<T>, query: ListQuery): Promise<WirePage> {
    const db = this.#db;
    const page = await listPage(db, { ...kind, visible: visibleTo(ctx, kind) }, query);
    return { items: await kind.views(db, page.items, viewerOf(ctx)), more: page.next !== null };
  }

  async show<T extends Standard>(ctx: Ctx, kind: Kind<T>, id: string): Promise<Wire> {
    return this.view(ctx, kind, await getVisible(this.#db, ctx, kind, id));
  }

  /** @throws CloudError not-found for what the caller may not see. */
  async assertVisible<T extends Standard>(ctx: Ctx, kind: Kind<T>, id: string): Promise<void> {
    await getVisible(this.#db, ctx, kind, id);
  }

  async view<T extends Standard>(ctx: Ctx, kind: Kind<T>, item: T): Promise<Wire> {
    return (await this.views(ctx, kind, [item]))[0] ?? {};
  }

  views<T extends Standard>(ctx: Ctx, kind: Kind<T>, items: readonly T[]): Promise<Wire[]> {
    return kind.views(this.#db, items, viewerOf(ctx));
  }

  /** The object of a change: visible, the caller's to change, and in the state the caller saw. */
  async load<T extends Standard>(
    db: NetworkDb,
    ctx: Ctx,
    kind: Kind<T>,
    { target, rule }: { readonly target: Target; readonly rule: string },
  ): Promise<T> {
    const item = await getVisible(db, ctx, kind, target.id);
    this.#policy.authorize(ctx, rule, { project_id: item.projectId, tenant_id: item.projectId });
    assertRevision(item, target);
    return item;
  }

  get #db(): NetworkDb {
    return this.#database.handle<NetworkTables>();
  }
}

const viewerOf = (ctx: Ctx): Viewer => ({ admin: ctx.isAdmin, projectId: projectOf(ctx) });

const visibleTo = <T extends Standard>(ctx: Ctx, kind: Kind<T>): Expression<SqlBool> | null =>
  ctx.isAdmin ? null : kind.visible(projectOf(ctx));

/** @throws CloudError not-found also for what the caller may not see. */
export async function getVisible<T extends Standard>(
  db: NetworkDb,
  ctx: Ctx,
  kind: Kind<T>,
  id: string,
): Promise<T> {
  const [found] = await findVisible(db, ctx, kind, sql`id = ${id}`);
  if (!found) throw kind.notFound(id);
  return found;
}

export const findVisible = <T extends Standard>(
  db: NetworkDb,
  ctx: Ctx,
  kind: Kind<T>,
  condition: Expression<SqlBool>,
): Promise<T[]> =>
  kind.store.select(db, (query) => {
    const visible = visibleTo(ctx, kind);
    const matching = query.where(condition).orderBy('created_at').orderBy('id');
    return visible ? matching.where(visible) : matching;
  });
