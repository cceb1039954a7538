import type { Microversion } from '#kernel/context.ts';
import { isAtLeast } from '#kernel/microversion.ts';
import type { UploadRequest } from '../service/uploads.ts';
import type { VolumeDetail } from '../service/volumes.ts';
import { wireTime } from './common.ts';

/** What a volume says that is being copied to an image. */
export const uploadView = (
  { volume, typeName }: VolumeDetail,
  request: UploadRequest & { readonly imageId: string },
  version: Microversion,
) => ({
  id: volume.id,
  updated_at: wireTime(volume.updatedAt),
  status: 'uploading',
  display_description: volume.description,
  size: volume.size,
  volume_type: { id: volume.typeId, name: typeName },
  image_id: request.imageId,
  container_format: request.containerFormat,
  disk_format: request.diskFormat,
  image_name: request.name,
  ...(isAtLeast(version, '3.1') && {
    visibility: request.visibility,
    protected: request.protected,
  }),
});
