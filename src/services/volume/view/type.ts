import type { VolumeType } from '../model/volume-type.ts';

/** Extra specs that are for users to see; the others are the administrator's. */
const FOR_USERS = new Set(['multiattach', 'RESKEY:availability_zones', 'replication_enabled']);

interface Looker {
  readonly seesAll: boolean;
}

export const typeView = (type: VolumeType, looker: Looker) => ({
  ...typeMadeView(type, looker),
  ...(looker.seesAll && { qos_specs_id: type.qosSpecsId }),
});

/** What the answer to a creation says. */
export const typeMadeView = (type: VolumeType, looker: Looker) => ({
  ...typeChangedView(type, looker),
  'os-volume-type-access:is_public': type.isPublic,
});

/** What the answer to a change says. */
export const typeChangedView = (type: VolumeType, { seesAll }: Looker) => ({
  id: type.id,
  name: type.name,
  description: type.description,
  is_public: type.isPublic,
  extra_specs: seesAll
    ? type.extraSpecs
    : Object.fromEntries(Object.entries(type.extraSpecs).filter(([key]) => FOR_USERS.has(key))),
});
