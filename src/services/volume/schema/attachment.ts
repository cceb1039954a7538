import { Type, type Static } from 'typebox';
import { LIST_QUERY } from './common.ts';

export const Connector = Type.Record(Type.String({ maxLength: 255 }), Type.Unknown());

export const CreateAttachment = Type.Object({
  attachment: Type.Object({
    volume_uuid: Type.String({ minLength: 1, maxLength: 255 }),
    instance_uuid: Type.Optional(Type.Union([Type.String({ maxLength: 255 }), Type.Null()])),
    connector: Type.Optional(Type.Union([Connector, Type.Null()])),
    mode: Type.Optional(Type.Union([Type.Literal('rw'), Type.Literal('ro'), Type.Null()])),
  }),
});
export type CreateAttachmentBody = Static<typeof CreateAttachment>['attachment'];

export const UpdateAttachment = Type.Object({ attachment: Type.Object({ connector: Connector }) });

export const ListAttachments = Type.Object({
  ...LIST_QUERY,
  volume_id: Type.Optional(Type.String({ maxLength: 255 })),
  instance_id: Type.Optional(Type.String({ maxLength: 255 })),
  attach_status: Type.Optional(Type.String({ maxLength: 255 })),
});
export type ListAttachmentsQuery = Static<typeof ListAttachments>;
