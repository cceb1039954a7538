import { quotaExceeded } from '#kernel/errors.ts';

export const QUOTA_RESOURCES = ['containers', 'memory', 'cpu', 'disk'] as const;
export type QuotaResource = (typeof QUOTA_RESOURCES)[number];

/** Limits or amounts. Of limits, -1 = unlimited. MiB, cores, GiB. */
export type Quota = Readonly<Record<QuotaResource, number>>;

export const DEFAULT_QUOTA: Quota = { containers: 40, memory: 51_200, cpu: 20, disk: 100 };

export const sumOf = (amounts: readonly Quota[]): Quota => {
  const sum = (name: QuotaResource) => amounts.reduce((total, amount) => total + amount[name], 0);
  return { containers: sum('containers'), memory: sum('memory'), cpu: sum('cpu'), disk: sum('disk') };
};

/** The class whose limits are those of every project that has none of its own. */
export const DEFAULT_CLASS = 'default';

/** @throws CloudError `quota` naming what would be too much. */
export function assertWithinQuota(limits: Quota, used: Quota, wanted: Quota): void {
  const over = QUOTA_RESOURCES.filter(
    (name) => limits[name] >= 0 && wanted[name] > 0 && used[name] + wanted[name] > limits[name],
  );
  if (over.length === 0) return;
  const numbers = over.map(
    (name) => `${name}: ${wanted[name]} asked for, ${used[name]} of ${limits[name]} used`,
  );
  throw quotaExceeded(`Quota exceeded for ${numbers.join('; ')}.`, { code: 'quota-exceeded' });
}
