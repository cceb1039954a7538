import { badRequest } from '#kernel/errors.ts';
import { DEFAULT_QUOTA, ofType, type Amounts } from '../model/quota.ts';
import { setLimits, unsetLimits } from '../store/quotas.ts';
import { typeStore } from '../store/stores.ts';
import { classLimits, usageOf } from '../store/usage.ts';
import type { VolumeDb, VolumeTables } from '../tables.ts';
import type { VolumeDeps } from './deps.ts';
import type { Quotas } from './quotas.ts';

export interface QuotaSet {
  readonly limits: Amounts;
  readonly used: Amounts;
}

const PER_TYPE = ['volumes', 'snapshots', 'gigabytes'] as const;
const MOST = 2_147_483_647;

/** What projects may have, as administrators see and set it. */
export class QuotaSets {
  readonly #database: VolumeDeps['database'];
  readonly #quotas: Quotas;

  constructor({ database }: Pick<VolumeDeps, 'database'>, quotas: Quotas) {
    this.#database = database;
    this.#quotas = quotas;
  }

  async get(projectId: string): Promise<QuotaSet> {
    const outer = await this.#quotas.outer(projectId);
    const known = await this.#known();
    const limits = { ...known, ...only(known, await this.#quotas.limits(this.#db, outer)) };
    return { limits, used: await usageOf(this.#db, projectId) };
  }

  /** What holds for a project for which nobody set anything here. */
  async defaults(projectId: string): Promise<Amounts> {
    const { limits } = await this.#quotas.outer(projectId);
    const known = await this.#known();
    return { ...known, ...only(known, { ...(await classLimits(this.#db, 'default')), ...limits }) };
  }

  async ofClass(name: string): Promise<Amounts> {
    const known = await this.#known();
    return { ...known, ...only(known, await classLimits(this.#db, name)) };
  }

  async set(projectId: string, limits: Amounts): Promise<Amounts> {
    await this.#assertLimits(limits);
    await setLimits(this.#db, { table: 'volume_quota', owner: projectId }, limits);
    return (await this.get(projectId)).limits;
  }

  async setClass(name: string, limits: Amounts): Promise<Amounts> {
    await this.#assertLimits(limits);
    await setLimits(this.#db, { table: 'volume_quota_class', owner: name }, limits);
    return this.ofClass(name);
  }

  unset(projectId: string): Promise<void> {
    return unsetLimits(this.#db, projectId);
  }

  /** All that is limited, with what holds by nature: per type, nothing is. */
  async #known(): Promise<Amounts> {
    const types = await typeStore.list(this.#db, (eb) => eb('version', '>', 0));
    const perType = types.flatMap(({ name }) => PER_TYPE.map((resource) => [ofType(resource, name), -1]));
    return { ...DEFAULT_QUOTA, ...(Object.fromEntries(perType) as Amounts) };
  }

  async #assertLimits(limits: Amounts): Promise<void> {
    const known = await this.#known();
    for (const [name, limit] of Object.entries(limits)) {
      if (!Object.hasOwn(known, name)) throw badRequest(`Bad key(s) in quota set: ${name}`);
      if (!Number.isInteger(limit) || limit < -1 || limit > MOST)
        throw badRequest(
          `Invalid input for field/attribute ${name}. Value: ${limit}. It must be -1 or more.`,
        );
    }
  }

  get #db(): VolumeDb {
    return this.#database.handle<VolumeTables>();
  }
}

const only = (known: Amounts, limits: Amounts): Amounts =>
  Object.fromEntries(Object.entries(limits).filter(([name]) => Object.hasOwn(known, name)));
