import { Type, type Static } from 'typebox';
import { Flag, LIST_QUERY, Metadata, Name, Text } from './common.ts';

export const CreateSnapshot = Type.Object({
  snapshot: Type.Object({
    /** A snapshot of none is not found. */
    volume_id: Type.Union([Type.String({ minLength: 1, maxLength: 255 }), Type.Null()]),
    name: Type.Optional(Name),
    display_name: Type.Optional(Name),
    description: Type.Optional(Text),
    display_description: Type.Optional(Text),
    force: Type.Optional(Type.Union([Flag, Type.Null()])),
    metadata: Type.Optional(Type.Union([Metadata, Type.Null()])),
  }),
});
export type CreateSnapshotBody = Static<typeof CreateSnapshot>['snapshot'];

export const UpdateSnapshot = Type.Object({
  snapshot: Type.Object({
    name: Type.Optional(Name),
    display_name: Type.Optional(Name),
    description: Type.Optional(Text),
    display_description: Type.Optional(Text),
  }),
});
export type UpdateSnapshotBody = Static<typeof UpdateSnapshot>['snapshot'];

export const ListSnapshots = Type.Object({
  ...LIST_QUERY,
  volume_id: Type.Optional(Type.String({ maxLength: 255 })),
  metadata: Type.Optional(Type.String({ maxLength: 1000 })),
});
export type ListSnapshotsQuery = Static<typeof ListSnapshots>;
