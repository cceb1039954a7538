import { Type, type Static } from 'typebox';
import { FlagText, Flag, LIST_QUERY, Name, Text } from './common.ts';

const Id = Type.String({ minLength: 1, maxLength: 255 });
const Ids = Type.Optional(Type.Union([Type.String({ maxLength: 10_000 }), Type.Null()]));
const Ref = Type.Optional(Type.Union([Type.String({ maxLength: 255 }), Type.Null()]));
export const GroupSpecs = Type.Record(
  Type.String({ minLength: 1, maxLength: 255, pattern: '^[a-zA-Z0-9_\\-:. ]{1,255}$' }),
  Type.String({ maxLength: 255 }),
);

export const CreateGroupType = Type.Object({
  group_type: Type.Object({
    name: Id,
    description: Type.Optional(Text),
    is_public: Type.Optional(Flag),
    group_specs: Type.Optional(Type.Union([GroupSpecs, Type.Null()])),
  }),
});

export const UpdateGroupType = Type.Object({
  group_type: Type.Object({
    name: Type.Optional(Type.Union([Type.String({ maxLength: 255 }), Type.Null()])),
    description: Type.Optional(Text),
    is_public: Type.Optional(Type.Union([Flag, Type.Null()])),
  }),
});
export type UpdateGroupTypeBody = Static<typeof UpdateGroupType>['group_type'];

export const WrappedGroupSpecs = Type.Object({ group_specs: GroupSpecs });
export const GroupTypeParams = Type.Object({ group_type: Type.String() });
export const GroupSpecParams = Type.Object({ group_type: Type.String(), key: Type.String() });
export const ListGroupTypes = Type.Object({
  is_public: Type.Optional(Type.String({ maxLength: 5 })),
  sort: Type.Optional(Type.String({ maxLength: 255 })),
  limit: Type.Optional(Type.Integer({ minimum: 0 })),
});
export type ListGroupTypesQuery = Static<typeof ListGroupTypes>;

export const CreateGroup = Type.Object({
  group: Type.Object({
    name: Type.Optional(Name),
    description: Type.Optional(Text),
    group_type: Id,
    volume_types: Type.Array(Id, { minItems: 1, maxItems: 100 }),
    availability_zone: Ref,
  }),
});
export type CreateGroupBody = Static<typeof CreateGroup>['group'];

export const UpdateGroup = Type.Object({
  group: Type.Object({
    name: Type.Optional(Name),
    description: Type.Optional(Text),
    add_volumes: Ids,
    remove_volumes: Ids,
  }),
});
export type UpdateGroupBody = Static<typeof UpdateGroup>['group'];

export const CopyGroup = Type.Object({
  'create-from-src': Type.Object({
    name: Type.Optional(Name),
    description: Type.Optional(Text),
    group_snapshot_id: Ref,
    source_group_id: Ref,
  }),
});
export type CopyGroupBody = Static<typeof CopyGroup>['create-from-src'];

export const DeleteGroup = Type.Object({ 'delete-volumes': Type.Optional(Flag) });
export const ResetGroup = Type.Object({
  status: Type.Union(
    ['creating', 'available', 'deleting', 'error', 'error_deleting', 'updating'].map((word) =>
      Type.Literal(word),
    ),
  ),
});

export const ListGroups = Type.Object({ ...LIST_QUERY, list_volume: FlagText });
export type ListGroupsQuery = Static<typeof ListGroups>;
export const GroupQuery = Type.Object({ list_volume: FlagText });
export const GroupParams = Type.Object({ group: Type.String() });

export const CreateGroupSnapshot = Type.Object({
  group_snapshot: Type.Object({ group_id: Id, name: Type.Optional(Name), description: Type.Optional(Text) }),
});
export type CreateGroupSnapshotBody = Static<typeof CreateGroupSnapshot>['group_snapshot'];

export const ListGroupSnapshots = Type.Object({
  ...LIST_QUERY,
  group_id: Type.Optional(Type.String({ maxLength: 255 })),
});
export type ListGroupSnapshotsQuery = Static<typeof ListGroupSnapshots>;
export const GroupSnapshotParams = Type.Object({ group_snapshot: Type.String() });
