import { Type, type Static } from 'typebox';
import { Flag, FlagText, LIST_QUERY, Metadata, Name, Size, Text } from './common.ts';

const Ref = Type.Optional(Type.Union([Type.String({ maxLength: 255 }), Type.Null()]));

export const CreateVolume = Type.Object({
  volume: Type.Object({
    size: Type.Optional(Type.Union([Size, Type.Null()])),
    name: Type.Optional(Name),
    display_name: Type.Optional(Name),
    description: Type.Optional(Text),
    display_description: Type.Optional(Text),
    volume_type: Ref,
    metadata: Type.Optional(Type.Union([Metadata, Type.Null()])),
    imageRef: Ref,
    image_id: Ref,
    snapshot_id: Ref,
    source_volid: Ref,
    backup_id: Ref,
    availability_zone: Ref,
    group_id: Ref,
    consistencygroup_id: Ref,
    multiattach: Type.Optional(Type.Union([Flag, Type.Null()])),
  }),
  'OS-SCH-HNT:scheduler_hints': Type.Optional(Type.Unknown()),
});
export type CreateVolumeBody = Static<typeof CreateVolume>['volume'];

export const UpdateVolume = Type.Object({
  volume: Type.Object({
    name: Type.Optional(Name),
    display_name: Type.Optional(Name),
    description: Type.Optional(Text),
    display_description: Type.Optional(Text),
    metadata: Type.Optional(Metadata),
  }),
});
export type UpdateVolumeBody = Static<typeof UpdateVolume>['volume'];

const Filter = Type.Optional(Type.String({ maxLength: 255 }));

export const ListVolumes = Type.Object({
  ...LIST_QUERY,
  metadata: Type.Optional(Type.String({ maxLength: 1000 })),
  bootable: FlagText,
  availability_zone: Filter,
  volume_type_id: Filter,
  host: Filter,
  migration_status: Filter,
  group_id: Filter,
});
export type ListVolumesQuery = Static<typeof ListVolumes>;

export const DeleteVolume = Type.Object({ cascade: FlagText, force: FlagText });

export const SummaryQuery = Type.Object({ all_tenants: FlagText });

export const WrappedMetadata = Type.Object({ metadata: Metadata });
export const MetaItem = Type.Object({
  meta: Type.Record(Type.String({ minLength: 1, maxLength: 255 }), Type.String({ maxLength: 255 })),
});
