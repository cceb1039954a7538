import { isAtLeast } from '#kernel/microversion.ts';
import type { Attachment } from '../model/attachment.ts';
import { poolOf, type Volume } from '../model/volume.ts';
import type { VolumeDetail } from '../service/volumes.ts';
import { linksTo, wireTime, wireTimeOrNull, type Viewer } from './common.ts';

export const volumeBriefView = ({ id, name }: Volume, viewer: Viewer) => ({
  id,
  name,
  links: linksTo(viewer, `volumes/${id}`),
});

/** Everything about a volume, as far as the version knows of it. */
export const volumeView = (detail: VolumeDetail, viewer: Viewer) => ({
  ...volumeMadeView(detail, viewer),
  ...extensionView(detail.volume),
  ...adminView(detail.volume, viewer),
});

/** What answers to creations and changes say: no extensions add to those. */
export function volumeMadeView(detail: VolumeDetail, viewer: Viewer) {
  const { volume, attachments, typeName } = detail;
  return {
    ...volumeBriefView(volume, viewer),
    description: volume.description,
    size: volume.size,
    status: volume.status,
    created_at: wireTime(volume.createdAt),
    updated_at: wireTime(volume.updatedAt),
    availability_zone: volume.availabilityZone,
    bootable: String(volume.bootable),
    encrypted: false,
    multiattach: volume.multiattach,
    volume_type: typeName,
    metadata: { ...volume.metadata, ...readOnlyView(volume) },
    user_id: volume.userId,
    snapshot_id: volume.snapshotId,
    source_volid: volume.sourceVolid,
    consistencygroup_id: null,
    replication_status: null,
    attachments: attachments.filter(({ status }) => status === 'attached').map(attachmentOfVolume),
    migration_status: volume.migrationStatus,
    ...newerView(volume, viewer),
  };
}

/** As clients of Cinder know it: a word of Python's among the metadata, once somebody said it. */
const readOnlyView = ({ readOnly }: Volume) =>
  readOnly === null ? {} : { readonly: readOnly ? 'True' : 'False' };

const extensionView = (volume: Volume) => ({
  'os-vol-tenant-attr:tenant_id': volume.projectId,
  ...(Object.keys(volume.imageMetadata).length > 0 && { volume_image_metadata: volume.imageMetadata }),
});

const adminView = (volume: Volume, { seesHosts }: Viewer) =>
  seesHosts && {
    'os-vol-host-attr:host': poolOf(volume),
    'os-vol-mig-status-attr:migstat': volume.migrationStatus,
    'os-vol-mig-status-attr:name_id': null,
  };

function newerView(volume: Volume, { ctx: { microversion }, seesHosts }: Viewer) {
  const since = (version: string) => isAtLeast(microversion, version);
  return {
    ...(since('3.13') && { group_id: volume.groupId }),
    ...(since('3.21') && seesHosts && { provider_id: null }),
    ...(since('3.48') && { shared_targets: since('3.69') ? null : false, service_uuid: null }),
    ...(since('3.61') && seesHosts && { cluster_name: null }),
    ...(since('3.63') && { volume_type_id: volume.typeId }),
    ...(since('3.65') && { consumes_quota: true }),
  };
}

const attachmentOfVolume = (attachment: Attachment) => ({
  id: attachment.volumeId,
  attachment_id: attachment.id,
  volume_id: attachment.volumeId,
  server_id: attachment.instance,
  host_name: attachment.hostName,
  device: attachment.mountpoint,
  attached_at: wireTimeOrNull(attachment.attachedAt),
});
