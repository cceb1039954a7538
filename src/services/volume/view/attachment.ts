import type { Attachment } from '../model/attachment.ts';
import { wireTime } from './common.ts';

export const attachmentBriefView = ({ id, status, instance, volumeId }: Attachment) => ({
  id,
  status,
  instance,
  volume_id: volumeId,
});

export const attachmentView = (attachment: Attachment) => ({
  ...attachmentBriefView(attachment),
  attached_at: attachment.attachedAt === null ? '' : wireTime(attachment.attachedAt),
  detached_at: '',
  attach_mode: attachment.mode,
  connection_info: attachment.desired ? flatConnection(attachment) : {},
});

/** The volume as a device of its node, as os-brick's `local` driver takes it. */
export const connectionView = ({ id, volumeId, device, mode, host }: Attachment) => ({
  driver_volume_type: 'local',
  data: {
    attachment_id: id,
    volume_id: volumeId,
    device_path: device,
    access_mode: mode,
    host,
    encrypted: false,
    discard: true,
  },
});

/** In attachments, the data stand beside the type. */
const flatConnection = (attachment: Attachment) => {
  const { driver_volume_type, data } = connectionView(attachment);
  return { ...data, driver_volume_type };
};
