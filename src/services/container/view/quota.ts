import { QUOTA_RESOURCES, type Quota } from '../model/quota.ts';

export const quotaView = ({ containers, memory, cpu, disk }: Quota) => ({ containers, memory, cpu, disk });

/** Limits with what is used of them. */
export const quotaUsageView = (limits: Quota, used: Quota) =>
  Object.fromEntries(QUOTA_RESOURCES.map((name) => [name, { limit: limits[name], in_use: used[name] }]));
