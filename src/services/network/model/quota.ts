import { CloudError } from '#kernel/errors.ts';

/** Objects a project may have of each kind; -1 = as many as it wants. */
export const DEFAULT_QUOTAS = {
  network: 100,
  subnet: 100,
  port: 500,
  router: 10,
  floatingip: 50,
  security_group: 10,
  security_group_rule: 100,
  subnetpool: -1,
  rbac_policy: 10,
  trunk: -1,
} as const satisfies Record<string, number>;

export type QuotaResource = keyof typeof DEFAULT_QUOTAS;
export type Quotas = Readonly<Record<QuotaResource, number>>;

export const QUOTA_RESOURCES = Object.keys(DEFAULT_QUOTAS) as QuotaResource[];

export const quotaTooLow = (resources: readonly string[]): CloudError =>
  new CloudError('conflict', `Quota limit is below what is used of: ${resources.join(', ')}.`, {
    code: 'InvalidQuotaValue',
  });

export const overQuota = (resource: QuotaResource): CloudError =>
  new CloudError('quota', `Quota exceeded for resources: ['${resource}'].`, { code: 'OverQuota' });
