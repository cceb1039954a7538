import { quotaExceeded } from '#kernel/errors.ts';

export const DEFAULT_QUOTA: Readonly<Record<string, number>> = {
  volumes: 10,
  snapshots: 10,
  gigabytes: 1000,
  backups: 10,
  backup_gigabytes: 1000,
  groups: 10,
  per_volume_gigabytes: -1,
};

/** Amounts by the upstream's name of the resource; of limits, -1 = unlimited. */
export type Amounts = Readonly<Record<string, number>>;

/** What volumes, snapshots or gigabytes of one type count as, besides the plain resource. */
export const ofType = (resource: 'volumes' | 'snapshots' | 'gigabytes', type: string): string =>
  `${resource}_${type}`;

/** What is counted for a volume: itself and its size, in all and of its type. */
export const countsOf = (
  resource: 'volumes' | 'snapshots',
  { size, type, number = 1 }: { readonly size: number; readonly type: string; readonly number?: number },
): Amounts => ({
  ...(number > 0 && { [resource]: number, [ofType(resource, type)]: number }),
  gigabytes: size,
  [ofType('gigabytes', type)]: size,
});

/** @throws CloudError `quota` in the words that clients of Cinder know. */
export function assertWithin(limits: Amounts, used: Amounts, wanted: Amounts): void {
  for (const [name, amount] of Object.entries(wanted)) {
    const limit = limits[name] ?? -1;
    const consumed = used[name] ?? 0;
    if (limit < 0 || amount <= 0 || consumed + amount <= limit) continue;
    throw quotaExceeded(wordsOf({ name, amount, limit, consumed }), { code: 'OverQuota' });
  }
}

/** @throws CloudError `quota` for one volume that is larger than any may be. */
export function assertVolumeSize(limits: Amounts, size: number): void {
  const limit = limits['per_volume_gigabytes'] ?? -1;
  if (limit >= 0 && size > limit)
    throw quotaExceeded(`Requested volume size ${size}G is larger than maximum allowed limit ${limit}G.`, {
      code: 'VolumeSizeExceedsLimit',
    });
}

interface Excess {
  readonly name: string;
  readonly amount: number;
  readonly limit: number;
  readonly consumed: number;
}

function wordsOf({ name, amount, limit, consumed }: Excess): string {
  const numbers = `Requested ${amount}G, quota is ${limit}G and ${consumed}G has been consumed.`;
  if (name.startsWith('gigabytes'))
    return `Requested volume or snapshot exceeds allowed ${name} quota. ${numbers}`;
  if (name === 'backup_gigabytes')
    return `Requested backup exceeds allowed Backup gigabytes quota. ${numbers}`;
  if (name === 'backups') return `Maximum number of backups allowed (${limit}) exceeded`;
  if (name === 'groups') return `Maximum number of groups allowed (${limit}) exceeded`;
  if (name.startsWith('snapshots')) return `Maximum number of snapshots allowed (${limit}) exceeded`;
  return `Maximum number of volumes allowed (${limit}) exceeded for quota '${name}'.`;
}
