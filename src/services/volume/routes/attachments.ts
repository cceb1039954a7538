import { route, type Route } from '#kernel/http/route.ts';
import type { Policy } from '#kernel/policy/policy.ts';
import { CreateAttachment, ListAttachments, UpdateAttachment } from '../schema/attachment.ts';
import { AttachmentParams } from '../schema/common.ts';
import type { AttachmentService } from '../service/attachments.ts';
import type { Devices } from '../service/devices.ts';
import { attachmentBriefView, attachmentView } from '../view/attachment.ts';
import { action, actionRoute, Nothing } from './actions.ts';
import { listRoutes } from './list-routes.ts';

const SINCE = '3.27';

export interface AttachmentRouteDeps {
  readonly attachments: AttachmentService;
  readonly devices: Devices;
  readonly policy: Policy;
}

export const attachmentRoutes = ({ attachments, devices, policy }: AttachmentRouteDeps): Route[] => [
  route({
    method: 'POST',
    url: '/v3/attachments',
    name: 'create-attachment',
    summary: 'Reserve a volume; with a connector, make it a device.',
    access: { rule: 'volume:attachment_create' },
    since: SINCE,
    body: CreateAttachment,
    status: 200,
    async handle({ ctx, body: { attachment } }) {
      const { volume_uuid, instance_uuid, connector, mode } = attachment;
      const made = await attachments.create(ctx, {
        volumeId: volume_uuid,
        instance: instance_uuid ?? null,
        connector: connector && Object.keys(connector).length > 0 ? connector : null,
        mode: mode ?? null,
      });
      return { attachment: attachmentView(await devices.made(ctx, made)) };
    },
  }),
  ...listRoutes({
    path: 'attachments',
    rule: 'volume:attachment_get',
    since: SINCE,
    query: ListAttachments,
    policy,
    list: (ctx, query) => attachments.list(ctx, query),
    brief: (items) => items.map(attachmentBriefView),
    detail: (items) => items.map(attachmentView),
  }),
  ...memberRoutes(attachments, devices),
  actionRoute(
    { path: 'attachments', singular: 'attachment', rule: 'volume:attachment_complete', since: '3.44' },
    [
      action({
        name: 'os-complete',
        schema: Nothing,
        status: 204,
        handle: ({ ctx }, id) => attachments.complete(ctx, id),
      }),
    ],
  ),
];

const memberRoutes = (attachments: AttachmentService, devices: Devices): Route[] => [
  route({
    method: 'GET',
    url: '/v3/attachments/:attachment',
    name: 'get-attachment',
    summary: 'Show an attachment.',
    access: { rule: 'volume:attachment_get' },
    since: SINCE,
    params: AttachmentParams,
    status: 200,
    handle: async ({ ctx, params }) => ({
      attachment: attachmentView(await attachments.get(ctx, params.attachment)),
    }),
  }),
  route({
    method: 'PUT',
    url: '/v3/attachments/:attachment',
    name: 'update-attachment',
    summary: 'Say where the attachment leads.',
    access: { rule: 'volume:attachment_update' },
    since: SINCE,
    params: AttachmentParams,
    body: UpdateAttachment,
    status: 200,
    async handle({ ctx, params, body }) {
      const { connector } = body.attachment;
      const connected = await attachments.connect(ctx, params.attachment, connector);
      return { attachment: attachmentView(await devices.made(ctx, connected)) };
    },
  }),
  route({
    method: 'DELETE',
    url: '/v3/attachments/:attachment',
    name: 'delete-attachment',
    summary: 'Let go of the volume.',
    access: { rule: 'volume:attachment_delete' },
    since: SINCE,
    params: AttachmentParams,
    status: 200,
    async handle({ ctx, params }) {
      const left = await attachments.delete(ctx, params.attachment);
      return { attachments: left.map(attachmentBriefView) };
    },
  }),
];
