import { isAtLeast } from '#kernel/microversion.ts';
import type { Ctx } from '#kernel/context.ts';
import type { Pool } from '../model/pool.ts';
import { promised } from '../store/usage.ts';
import type { VolumeTables } from '../tables.ts';
import type { VolumeDeps } from './deps.ts';
import type { ProcessService } from './processes.ts';
import type { TypeService } from './types.ts';

/** Where volumes may be. */
export class PoolService {
  readonly #database: VolumeDeps['database'];
  readonly #processes: ProcessService;
  readonly #types: TypeService;

  constructor({ database }: Pick<VolumeDeps, 'database'>, processes: ProcessService, types: TypeService) {
    this.#database = database;
    this.#processes = processes;
    this.#types = types;
  }

  list(ctx: Ctx): Promise<Pool[]> {
    return this.#processes.pools(ctx);
  }

  /** GiB promised, by `host/backend`. */
  promised(): Promise<ReadonlyMap<string, number>> {
    return promised(this.#database.handle<VolumeTables>());
  }

  /** What a volume type asks of pools; nothing, when none is named. */
  async specsOf(ctx: Ctx, type: string | undefined): Promise<Readonly<Record<string, string>>> {
    if (type === undefined || !isAtLeast(ctx.microversion, '3.35')) return {};
    return (await this.#types.get(ctx, type)).extraSpecs;
  }
}
