import { isoTime } from '#kernel/clock.ts';
import type { Ctx } from '#kernel/context.ts';
import type { Db } from '#kernel/db/database.ts';
import { notFound } from '#kernel/errors.ts';
import { consumerStore, type Consumer, type ConsumerName } from '../store/consumers.ts';
import type { Listed, OffsetPage } from '../store/guarded.ts';
import { quotaStore } from '../store/quotas.ts';
import type { SecretTables } from '../tables.ts';
import type { SecretDeps } from './deps.ts';
import type { GuardedKind } from './guarded.ts';

/** Use-cases on what uses one kind of object. */
export class ConsumerService {
  readonly #deps: SecretDeps;
  readonly #kind: GuardedKind;

  constructor(deps: SecretDeps, kind: GuardedKind) {
    this.#deps = deps;
    this.#kind = kind;
  }

  async list(ctx: Ctx, objectId: string, page: OffsetPage): Promise<Listed<Consumer>> {
    const { id } = await this.#get(ctx, objectId, 'get');
    return consumerStore.list(this.#db, id, page);
  }

  /** All of each object that is being shown: no rights are looked at. */
  ofAll(objectIds: readonly string[]): Promise<ReadonlyMap<string, readonly ConsumerName[]>> {
    return consumerStore.ofAll(this.#db, objectIds);
  }

  /** Naming it again changes nothing. @throws CloudError `quota` */
  async add(ctx: Ctx, objectId: string, name: ConsumerName): Promise<void> {
    const { id, projectId } = await this.#get(ctx, objectId, 'post');
    const row = { object_id: id, project_id: projectId, created_at: isoTime(this.#deps.clock.now()) };
    await this.#deps.database.transaction<SecretTables, void>(async (tx) => {
      if (await consumerStore.add(tx, row, name)) await quotaStore.assertRoom(tx, projectId, 'consumers', 0);
    });
  }

  async remove(ctx: Ctx, objectId: string, name: ConsumerName): Promise<void> {
    const { id } = await this.#get(ctx, objectId, 'delete');
    if (!(await consumerStore.remove(this.#db, id, name))) throw notFound('Consumer not found.');
  }

  #get(ctx: Ctx, id: string, verb: string) {
    return this.#kind.get(ctx, id, `${this.#kind.rules}_consumers:${verb}`);
  }

  get #db(): Db<SecretTables> {
    return this.#deps.database.handle<SecretTables>();
  }
}
