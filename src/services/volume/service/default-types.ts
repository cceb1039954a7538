import { isoTime } from '#kernel/clock.ts';
import type { Ctx } from '#kernel/context.ts';
import { notFound } from '#kernel/errors.ts';
import type { DefaultType } from '../model/default-type.ts';
import { defaultTypeStore } from '../store/periphery-stores.ts';
import type { VolumeTables } from '../tables.ts';
import type { VolumeDeps } from './deps.ts';
import type { TypeService } from './types.ts';

/** The types of projects' volumes that name none, where they differ from that of all. */
export class DefaultTypes {
  readonly #deps: Pick<VolumeDeps, 'database' | 'clock'>;
  readonly #types: TypeService;

  constructor(deps: Pick<VolumeDeps, 'database' | 'clock'>, types: TypeService) {
    this.#deps = deps;
    this.#types = types;
  }

  list(): Promise<DefaultType[]> {
    return defaultTypeStore.list(this.#db, (eb) => eb('id', '<>', ''));
  }

  async get(projectId: string): Promise<DefaultType> {
    const found = await defaultTypeStore.find(this.#db, projectId);
    if (!found) throw notFound(`Default type for project ${projectId} not found.`);
    return found;
  }

  async set(ctx: Ctx, projectId: string, type: string): Promise<DefaultType> {
    const { id: typeId } = await this.#types.get(ctx, type);
    const own: DefaultType = { id: projectId, typeId, createdAt: isoTime(this.#deps.clock.now()) };
    await this.#deps.database.transaction<VolumeTables, void>(async (tx) => {
      await defaultTypeStore.delete(tx, [projectId]);
      await defaultTypeStore.insert(tx, [own]);
    });
    return own;
  }

  async unset(projectId: string): Promise<void> {
    await defaultTypeStore.delete(this.#db, [projectId]);
  }

  get #db() {
    return this.#deps.database.handle<VolumeTables>();
  }
}
