import type { VolumeType } from '../model/volume-type.ts';

/** Extra specs that are for users to see; the others are the administrator's. */
const FOR_USERS = new Set(['multiattach', 'RESKEY:availability_zones', 'replication_enabled']);

export const typeView = (type: VolumeType, { seesAll }: { readonly seesAll: boolean }) => ({
  id: type.id,
  name: type.name,
  description: type.description,
  is_public: type.isPublic,
  'os-volume-type-access:is_public': type.isPublic,
  extra_specs: seesAll
    ? type.extraSpecs
    : Object.fromEntries(Object.entries(type.extraSpecs).filter(([key]) => FOR_USERS.has(key))),
  ...(seesAll && { qos_specs_id: type.qosSpecsId }),
});
