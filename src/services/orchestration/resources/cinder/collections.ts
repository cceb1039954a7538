import type { Collection } from '../rest/collection.ts';

const cinder = (list: string, member: string, more: Partial<Collection> = {}): Collection => ({
  service: 'block-storage',
  path: `/${list}`,
  list: list.replaceAll('-', '_'),
  member,
  change: 'PUT',
  microversion: 'volume 3.59',
  ...more,
});

export const VOLUMES = cinder('volumes', 'volume', { born: 'created_at', constraint: 'cinder.volume' });
export const SNAPSHOTS = cinder('snapshots', 'snapshot', {
  born: 'created_at',
  constraint: 'cinder.snapshot',
});
export const BACKUPS = cinder('backups', 'backup', { born: 'created_at', constraint: 'cinder.backup' });
export const VOLUME_TYPES = cinder('types', 'volume_type', {
  list: 'volume_types',
  constraint: 'cinder.vtype',
  all: { is_public: 'None' },
});
export const QOS_SPECS = cinder('qos-specs', 'qos_specs', { constraint: 'cinder.qos_specs' });
export const QUOTAS = cinder('os-quota-sets', 'quota_set');
