import { Store } from '#kernel/db/store.ts';
import type { DefaultType } from '../model/default-type.ts';
import type { Encryption } from '../model/encryption.ts';
import type { Group, GroupSnapshot, GroupType } from '../model/group.ts';
import type { Qos } from '../model/qos.ts';
import type { ServiceState } from '../model/service-state.ts';

/** One store for each table of objects around volumes. */
export const encryptionStore = new Store<Encryption>({ table: 'volume_encryption' });

export const qosStore = new Store<Qos>({ table: 'volume_qos', json: ['specs'] });

export const serviceStateStore = new Store<ServiceState>({
  table: 'volume_service',
  flags: ['disabled', 'frozen'],
});

export const groupTypeStore = new Store<GroupType>({
  table: 'volume_group_type',
  flags: ['isPublic'],
  json: ['groupSpecs'],
});

export const groupStore = new Store<Group>({
  table: 'volume_group',
  told: 'volume.group',
  json: ['volumeTypes'],
});

export const groupSnapshotStore = new Store<GroupSnapshot>({
  table: 'volume_group_snapshot',
  told: 'volume.group-snapshot',
});

export const defaultTypeStore = new Store<DefaultType>({ table: 'volume_default_type' });
