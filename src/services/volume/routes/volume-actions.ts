import { notFound } from '#kernel/errors.ts';
import type { Route } from '#kernel/http/route.ts';
import { isAtLeast } from '#kernel/microversion.ts';
import { isTrue } from '../schema/common.ts';
import * as schema from '../schema/volume-action.ts';
import type { Devices } from '../service/devices.ts';
import type { OldAttachments } from '../service/old-attachments.ts';
import type { UploadRequest, UploadService } from '../service/uploads.ts';
import type { VolumeChanges } from '../service/volume-changes.ts';
import type { VolumeService } from '../service/volumes.ts';
import { connectionView } from '../view/attachment.ts';
import { uploadView } from '../view/upload.ts';
import { action, actionRoute, Nothing, type Action } from './actions.ts';

export interface VolumeActionDeps {
  readonly volumes: VolumeService;
  readonly changes: VolumeChanges;
  readonly attachments: OldAttachments;
  readonly devices: Devices;
  readonly uploads: UploadService;
}

export const volumeActionRoutes = (deps: VolumeActionDeps): Route[] => [
  actionRoute({ path: 'volumes', singular: 'volume', rule: 'volume:get' }, [
    ...changeActions(deps.changes),
    ...attachActions(deps),
    ...imageActions(deps),
    ...adminActions(deps),
  ]),
];

const changeActions = (changes: VolumeChanges): Action[] => [
  action({
    name: 'os-extend',
    schema: schema.Extend,
    handle: ({ ctx }, id, { new_size }) => changes.extend(ctx, id, Number(new_size)),
  }),
  action({
    name: 'revert',
    since: '3.40',
    schema: schema.Revert,
    handle: ({ ctx }, id, { snapshot_id }) => changes.revert(ctx, id, snapshot_id),
  }),
  action({
    name: 'os-retype',
    schema: schema.Retype,
    handle: ({ ctx }, id, { new_type }) => changes.retype(ctx, id, new_type),
  }),
  action({
    name: 'os-set_bootable',
    status: 200,
    schema: schema.Bootable,
    handle: ({ ctx }, id, { bootable }) => changes.setBootable(ctx, id, isTrue(bootable)),
  }),
  action({
    name: 'os-update_readonly_flag',
    schema: schema.ReadOnly,
    handle: ({ ctx }, id, { readonly }) => changes.setReadOnly(ctx, id, isTrue(readonly)),
  }),
];

const attachActions = ({ attachments, changes, devices }: VolumeActionDeps): Action[] => [
  action({ name: 'os-reserve', schema: Nothing, handle: ({ ctx }, id) => attachments.reserve(ctx, id) }),
  action({
    name: 'os-unreserve',
    schema: Nothing,
    handle: ({ ctx }, id) => changes.giveBack(ctx, id, 'volume_extension:volume_actions:reserve'),
  }),
  action({
    name: 'os-begin_detaching',
    schema: Nothing,
    handle: ({ ctx }, id) => attachments.beginDetaching(ctx, id),
  }),
  action({
    name: 'os-roll_detaching',
    schema: Nothing,
    handle: ({ ctx }, id) => attachments.rollDetaching(ctx, id),
  }),
  action({
    name: 'os-attach',
    schema: schema.Attach,
    handle: ({ ctx }, id, { instance_uuid, host_name, mountpoint, mode = 'rw' }) =>
      attachments.attach(ctx, id, {
        instance: instance_uuid ?? null,
        hostName: host_name ?? null,
        mountpoint,
        mode,
      }),
  }),
  action({
    name: 'os-detach',
    schema: schema.Detach,
    handle: ({ ctx }, id, value) => attachments.detach(ctx, id, value?.attachment_id ?? null),
  }),
  action({
    name: 'os-initialize_connection',
    status: 200,
    schema: schema.Connection,
    async handle({ ctx }, id, { connector }) {
      const connected = await attachments.initialize(ctx, id, connector);
      return { connection_info: connectionView(await devices.made(ctx, connected)) };
    },
  }),
  action({
    name: 'os-terminate_connection',
    schema: schema.Connection,
    handle: ({ ctx }, id, { connector }) => attachments.terminate(ctx, id, connector),
  }),
];

const imageActions = ({ changes, uploads, volumes }: VolumeActionDeps): Action[] => [
  action({
    name: 'os-volume_upload_image',
    schema: schema.UploadImage,
    async handle({ ctx }, id, value) {
      const request: UploadRequest = {
        name: value.image_name,
        diskFormat: value.disk_format ?? 'raw',
        containerFormat: value.container_format ?? 'bare',
        force: isTrue(value.force),
        visibility: isAtLeast(ctx.microversion, '3.1') && value.visibility ? value.visibility : 'shared',
        protected: isAtLeast(ctx.microversion, '3.1') && isTrue(value.protected),
      };
      const { imageId } = await uploads.start(ctx, id, request);
      const detail = await volumes.show(ctx, id);
      return { 'os-volume_upload_image': uploadView(detail, { ...request, imageId }, ctx.microversion) };
    },
  }),
  action({
    name: 'os-reimage',
    since: '3.68',
    schema: schema.Reimage,
    handle: ({ ctx }, id, { image_id, reimage_reserved }) =>
      changes.reimage(ctx, id, { id: image_id, reserved: isTrue(reimage_reserved) }),
  }),
  action({
    name: 'os-show_image_metadata',
    status: 200,
    schema: Nothing,
    async handle({ ctx }, id) {
      return { metadata: (await volumes.show(ctx, id)).volume.imageMetadata };
    },
  }),
  action({
    name: 'os-set_image_metadata',
    status: 200,
    schema: schema.SetImageMetadata,
    async handle({ ctx }, id, { metadata }) {
      const rule = 'volume_extension:volume_image_metadata:set';
      const to = (before: object) => ({ ...before, ...metadata });
      return { metadata: await changes.changeImageMetadata(ctx, { id, rule }, to) };
    },
  }),
  action({
    name: 'os-unset_image_metadata',
    status: 200,
    schema: schema.UnsetImageMetadata,
    async handle({ ctx }, id, { key }) {
      const rule = 'volume_extension:volume_image_metadata:remove';
      await changes.changeImageMetadata(ctx, { id, rule }, (before) => {
        if (!Object.hasOwn(before, key)) throw notFound(`Volume image metadata has no key ${key}.`);
        return Object.fromEntries(Object.entries(before).filter(([name]) => name !== key));
      });
    },
  }),
];

const adminActions = ({ changes, attachments, volumes }: VolumeActionDeps): Action[] => [
  action({
    name: 'os-reset_status',
    schema: schema.ResetStatus,
    handle: ({ ctx }, id, value) => changes.resetStatus(ctx, id, value),
  }),
  action({
    name: 'os-force_delete',
    schema: Nothing,
    handle: ({ ctx }, id) => volumes.delete(ctx, id, { cascade: false, force: true }),
  }),
  action({
    name: 'os-force_detach',
    schema: schema.Detach,
    handle: ({ ctx }, id, value) => attachments.forceDetach(ctx, id, value?.attachment_id ?? null),
  }),
];
