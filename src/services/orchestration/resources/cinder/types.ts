import type { ResourceType } from '../resource-type.ts';
import { quotaType } from '../rest/quota-type.ts';
import { QUOTAS } from './collections.ts';
import { encryptedVolumeType } from './encrypted-volume-type.ts';
import { qosAssociation, qosSpecs } from './qos.ts';
import { volumeType } from './volume-type.ts';
import { volume } from './volume.ts';

const quota = quotaType({
  name: 'OS::Cinder::Quota',
  description: 'How much of volumes a project may use.',
  collection: QUOTAS,
  limits: {
    gigabytes: undefined,
    volumes: undefined,
    snapshots: undefined,
    backups: undefined,
    backup_gigabytes: undefined,
  },
});

export const cinderTypes: readonly ResourceType[] = [
  volume,
  volumeType,
  encryptedVolumeType,
  qosSpecs,
  qosAssociation,
  quota,
];
