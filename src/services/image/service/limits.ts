import type { Db } from '#kernel/db/database.ts';
import { quotaExceeded } from '#kernel/errors.ts';
import type { ImageStatus } from '../model/image.ts';
import { imageStore, type ImageSum } from '../store/images.ts';
import type { ImageTables } from '../tables.ts';
import type { ImageDeps } from './deps.ts';

const MIB = 2 ** 20;
const RECEIVING: readonly ImageStatus[] = ['saving', 'uploading', 'importing'];
const STAGED: readonly ImageStatus[] = ['uploading', 'importing'];

/** What a project may have, by the names that identity's limits have for it. Sizes in bytes here, in MiB there. */
const RESOURCES = {
  image_count_total: { unit: 1, of: (sum: ImageSum) => sum.count },
  image_count_uploading: { unit: 1, of: (sum: ImageSum) => (RECEIVING.includes(sum.status) ? sum.count : 0) },
  image_size_total: {
    unit: MIB,
    of: (sum: ImageSum) => (RECEIVING.includes(sum.status) ? 0 : sum.bytes * sum.stores),
  },
  image_stage_total: { unit: MIB, of: (sum: ImageSum) => (STAGED.includes(sum.status) ? sum.bytes : 0) },
} as const;

export type Resource = keyof typeof RESOURCES;
const NAMES = Object.keys(RESOURCES) as Resource[];

/** A limit and what is used of it; in the unit of the limit. */
export interface Usage {
  readonly limit: number;
  readonly usage: number;
}

/** How much projects may have. -1 is unlimited. */
export class Limits {
  readonly #deps: Pick<ImageDeps, 'database' | 'limits'>;

  constructor(deps: Pick<ImageDeps, 'database' | 'limits'>) {
    this.#deps = deps;
  }

  async usage(projectId: string): Promise<Readonly<Record<Resource, Usage>>> {
    const limits = await this.#deps.limits(projectId);
    const db: Db<ImageTables> = this.#deps.database.handle();
    const sums = await imageStore.usage(db, projectId);
    const entries = NAMES.map((name) => {
      const { unit, of } = RESOURCES[name];
      const used = sums.reduce((total, sum) => total + of(sum), 0);
      return [name, { limit: limits[name] ?? -1, usage: Math.ceil(used / unit) }] as const;
    });
    return Object.fromEntries(entries) as Record<Resource, Usage>;
  }

  /**
   * @param more by how much each will grow: images, or bytes; those who do not know it ask with 0, and are refused once it is too much
   * @throws CloudError `quota` when one would be too much
   */
  async assert(projectId: string, more: Readonly<Partial<Record<Resource, number>>>): Promise<void> {
    const limits = await this.#deps.limits(projectId);
    if (!NAMES.some((name) => name in more && (limits[name] ?? -1) >= 0)) return;
    const usage = await this.usage(projectId);
    for (const [name, amount] of Object.entries(more) as [Resource, number][]) {
      const { limit, usage: used } = usage[name];
      const wanted = Math.ceil(amount / RESOURCES[name].unit);
      if (limit < 0 || used + wanted <= limit) continue;
      throw quotaExceeded(
        `Project ${projectId} is over a limit: ${name} is limited to ${limit}, ${used} are used and ${wanted} more were asked for.`,
      );
    }
  }

  /**
   * Looks at all data that is stored or has arrived. Whoever did not know its size before asks once it is written: of those
   * that arrive together and are too much together, the last to ask knows of all.
   * @throws CloudError `quota`
   */
  async assertArrived(projectId: string): Promise<void> {
    const limit = (await this.#deps.limits(projectId))['image_size_total'] ?? -1;
    if (limit < 0) return;
    const db: Db<ImageTables> = this.#deps.database.handle();
    const sums = await imageStore.usage(db, projectId);
    const bytes = sums
      .filter(({ status }) => status !== 'uploading')
      .reduce((total, sum) => total + sum.bytes * Math.max(1, sum.stores), 0);
    if (bytes <= limit * MIB) return;
    throw quotaExceeded(
      `Project ${projectId} is over a limit: image_size_total is limited to ${limit}, and ${Math.ceil(bytes / MIB)} would be used.`,
    );
  }

  /** How many bytes may still come, at most `most`. */
  async room(
    projectId: string,
    resource: 'image_size_total' | 'image_stage_total',
    most: number,
  ): Promise<number> {
    const limit = (await this.#deps.limits(projectId))[resource] ?? -1;
    if (limit < 0) return most;
    const { usage } = (await this.usage(projectId))[resource];
    return Math.max(0, Math.min(most, (limit - usage) * MIB));
  }
}
