import { Type } from 'typebox';
import { Connector } from './attachment.ts';
import { Flag, Metadata, Size } from './common.ts';

const Short = Type.String({ maxLength: 255 });
const OptionalShort = Type.Optional(Type.Union([Short, Type.Null()]));

export const Extend = Type.Object({ new_size: Size });
export const Attach = Type.Object({
  instance_uuid: OptionalShort,
  host_name: OptionalShort,
  mountpoint: Type.String({ minLength: 1, maxLength: 255 }),
  mode: Type.Optional(Type.Union([Type.Literal('rw'), Type.Literal('ro')])),
});
export const Detach = Type.Optional(
  Type.Union([
    Type.Object({ attachment_id: OptionalShort, connector: Type.Optional(Type.Unknown()) }),
    Type.Null(),
  ]),
);
export const Connection = Type.Object({ connector: Connector });
export const Retype = Type.Object({
  new_type: Type.String({ minLength: 1, maxLength: 255 }),
  migration_policy: Type.Optional(
    Type.Union([Type.Literal('never'), Type.Literal('on-demand'), Type.Null()]),
  ),
});
export const Bootable = Type.Object({ bootable: Flag });
export const ReadOnly = Type.Object({ readonly: Flag });
export const Revert = Type.Object({ snapshot_id: Short });
export const Reimage = Type.Object({ image_id: Short, reimage_reserved: Type.Optional(Flag) });
export const SetImageMetadata = Type.Object({ metadata: Metadata });
export const UnsetImageMetadata = Type.Object({ key: Type.String({ minLength: 1, maxLength: 255 }) });

/** One of these words, which have spaces between. */
const words = (all: string) => Type.Union(all.split(' ').map((word) => Type.Literal(word)));

const STATUSES =
  'creating available deleting error error_deleting error_managing managing attaching detaching in-use maintenance ' +
  'reserved awaiting-transfer backing-up restoring-backup error_restoring error_extending error_backing-up';

export const ResetStatus = Type.Object({
  status: Type.Optional(words(STATUSES)),
  attach_status: Type.Optional(words('detached attached attaching detaching reserved')),
  migration_status: Type.Optional(words('none migrating error success completing starting')),
});

export const UploadImage = Type.Object({
  image_name: Type.String({ minLength: 1, maxLength: 255 }),
  force: Type.Optional(Flag),
  disk_format: Type.Optional(words('raw vmdk vdi qcow2 vhd vhdx')),
  container_format: Type.Optional(Short),
  visibility: Type.Optional(words('public private shared community')),
  protected: Type.Optional(Flag),
});
