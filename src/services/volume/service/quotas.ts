import { assertVolumeSize, assertWithin, DEFAULT_QUOTA, type Amounts } from '../model/quota.ts';
import { classLimits, projectLimits, usageOf } from '../store/usage.ts';
import type { VolumeDb, VolumeTx } from '../tables.ts';
import type { VolumeDeps } from './deps.ts';

/** What a project may have, as far as others than this service's tables say so: asked before the transaction. */
export interface OuterLimits {
  readonly projectId: string;
  readonly limits: Amounts;
}

/** Keeps projects within their limits. */
export class Quotas {
  readonly #limits: VolumeDeps['limits'];

  constructor({ limits }: Pick<VolumeDeps, 'limits'>) {
    this.#limits = limits;
  }

  async outer(projectId: string): Promise<OuterLimits> {
    return { projectId, limits: await this.#limits('block-storage', projectId) };
  }

  /** What was set for the project, else in identity, else for the default class, else by nature. */
  async limits(tx: VolumeDb, { projectId, limits }: OuterLimits): Promise<Amounts> {
    return {
      ...DEFAULT_QUOTA,
      ...(await classLimits(tx, 'default')),
      ...limits,
      ...(await projectLimits(tx, projectId)),
    };
  }

  /**
   * In the transaction that makes what is counted. @param volumeSize of a single volume, which has a limit of its own
   * @throws CloudError `quota`
   */
  async reserve(tx: VolumeTx, outer: OuterLimits, wanted: Amounts & { volumeSize?: number }): Promise<void> {
    const { volumeSize, ...amounts } = wanted;
    const limits = await this.limits(tx, outer);
    if (volumeSize !== undefined) assertVolumeSize(limits, volumeSize);
    assertWithin(limits, await usageOf(tx, outer.projectId), amounts);
  }
}
