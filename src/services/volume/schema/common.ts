import { Type, type Static } from 'typebox';

const MAX_INT = 2_147_483_647;

export const Name = Type.Union([Type.String({ maxLength: 255 }), Type.Null()]);
export const Text = Type.Union([Type.String({ maxLength: 255 }), Type.Null()]);

/** GiB, as a number or as clients of old write it. */
export const Size = Type.Union([
  Type.Integer({ minimum: 1, maximum: MAX_INT }),
  Type.String({ pattern: '^[1-9][0-9]{0,8}$' }),
]);

export const Metadata = Type.Record(
  Type.String({ minLength: 1, maxLength: 255 }),
  Type.String({ maxLength: 255 }),
);

export const Flag = Type.Union([Type.Boolean(), Type.String({ maxLength: 5 }), Type.Integer()]);

export const FlagText = Type.Optional(Type.String({ maxLength: 5 }));

export const isTrue = (value: Static<typeof Flag> | undefined): boolean =>
  value !== undefined && /^(1|t|true|on|y|yes)$/i.test(String(value));

/** What every list takes. */
export const LIST_QUERY = {
  limit: Type.Optional(Type.Integer({ minimum: 0, maximum: MAX_INT })),
  offset: Type.Optional(Type.Integer({ minimum: 0, maximum: MAX_INT })),
  marker: Type.Optional(Type.String({ maxLength: 255 })),
  sort: Type.Optional(Type.String({ maxLength: 255 })),
  sort_key: Type.Optional(Type.String({ maxLength: 255 })),
  sort_dir: Type.Optional(Type.String({ maxLength: 255 })),
  all_tenants: FlagText,
  project_id: Type.Optional(Type.String({ maxLength: 255 })),
  with_count: FlagText,
  name: Type.Optional(Type.String({ maxLength: 255 })),
  'name~': Type.Optional(Type.String({ maxLength: 255 })),
  status: Type.Optional(Type.String({ maxLength: 255 })),
};

export type ListQuery = Static<Type.TObject<typeof LIST_QUERY>>;

export const VolumeParams = Type.Object({ volume: Type.String() });
export const SnapshotParams = Type.Object({ snapshot: Type.String() });
export const TypeParams = Type.Object({ type: Type.String() });
export const BackupParams = Type.Object({ backup: Type.String() });
export const AttachmentParams = Type.Object({ attachment: Type.String() });
export const TransferParams = Type.Object({ transfer: Type.String() });
