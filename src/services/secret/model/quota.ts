import { quotaExceeded } from '#kernel/errors.ts';

export const QUOTA_RESOURCES = ['secrets', 'orders', 'containers', 'consumers', 'cas'] as const;
export type QuotaResource = (typeof QUOTA_RESOURCES)[number];
export type Counted = Exclude<QuotaResource, 'cas'>;

/** -1 = unlimited. */
export type Quota = Readonly<Record<QuotaResource, number>>;
/** Only what a project was given; null = the default. */
export type ProjectQuota = Readonly<Record<QuotaResource, number | null>>;

export const DEFAULT_QUOTA: Quota = { secrets: -1, orders: -1, containers: -1, consumers: -1, cas: -1 };

export const effectiveQuota = (own: ProjectQuota | undefined): Quota => {
  const said = Object.entries(own ?? {}).filter(([, limit]) => limit !== null);
  return { ...DEFAULT_QUOTA, ...Object.fromEntries(said) };
};

/** @throws CloudError `quota` */
export function assertWithinQuota(resource: Counted, limit: number, wanted: number): void {
  if (limit < 0 || wanted <= limit) return;
  throw quotaExceeded(`Quota reached for project. Only ${limit} ${resource} are allowed.`);
}
