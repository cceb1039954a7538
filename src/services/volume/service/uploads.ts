import { projectOf, storeCtx, type Ctx } from '#kernel/context.ts';
import { badRequest } from '#kernel/errors.ts';
import { newUuid } from '#kernel/ids.ts';
import type { NewImage } from '#services/image/port.ts';
import { assertCan } from '../model/states.ts';
import type { Upload } from '../model/upload.ts';
import type { Volume } from '../model/volume.ts';
import { uploadStore } from '../store/stores.ts';
import { UPLOAD_IMAGE } from '../tasks/upload-image.ts';
import type { VolumeDeps } from './deps.ts';
import { uploadTarget } from './observations.ts';
import type { VolumeService } from './volumes.ts';

export type UploadRequest = Pick<NewImage, 'name' | 'containerFormat' | 'visibility' | 'protected'> & {
  readonly diskFormat: Upload['format'];
  readonly force: boolean;
};

const RULE = 'volume_extension:volume_actions:upload_image';

/** Copies volumes to new images. */
export class UploadService {
  readonly #deps: VolumeDeps;
  readonly #volumes: VolumeService;

  constructor(deps: VolumeDeps, volumes: VolumeService) {
    this.#deps = deps;
    this.#volumes = volumes;
  }

  /** @returns the volume, and the image's id: its record is there already */
  async start(ctx: Ctx, id: string, request: UploadRequest): Promise<{ volume: Volume; imageId: string }> {
    const { images, tasks } = this.#deps;
    const { volume: source } = await this.#volumes.show(ctx, id);
    this.#deps.policy.authorize(ctx, RULE, { project_id: source.projectId });
    assertCan(request.force ? 'force-upload' : 'upload', source);
    if (source.status === 'in-use' && !request.force)
      throw badRequest(`Invalid volume: volume ${id} is in use: its upload must be forced.`);
    const image = newImage(source, request);
    await images.create(ctx, image);
    const begun = this.#volumes.change(ctx, { id, rule: RULE }, async (before, unit) => {
      assertCan(request.force ? 'force-upload' : 'upload', before);
      await uploadStore.insert(unit.tx, [newUpload(before, request, image.id)]);
      await tasks.start(unit.tx, {
        kind: UPLOAD_IMAGE,
        target: uploadTarget(image.id),
        projectId: projectOf(ctx),
        ctx: storeCtx(ctx),
        input: { image, volumeId: id },
        whenBusy: 'refuse',
      });
      return { ...before, status: 'uploading' };
    });
    const volume = await begun.catch(async (thrown) => {
      await images.remove(ctx, image.id);
      throw thrown;
    });
    tasks.nudge();
    return { volume, imageId: image.id };
  }
}

const newImage = (volume: Volume, request: UploadRequest): NewImage => {
  const { name, diskFormat, containerFormat, visibility } = request;
  return {
    id: newUuid(),
    name,
    diskFormat,
    containerFormat,
    visibility,
    protected: request.protected,
    minDisk: volume.size,
    properties: Object.fromEntries(
      Object.entries(volume.imageMetadata).filter(([key]) => !OWN_FIELDS.has(key)),
    ),
  };
};

/** What an image has of its own, besides properties. */
const OWN_FIELDS = new Set([
  'image_id',
  'image_name',
  'container_format',
  'disk_format',
  'min_disk',
  'min_ram',
  'size',
  'checksum',
]);

const newUpload = (volume: Volume, { diskFormat }: UploadRequest, id: string): Upload => ({
  id,
  version: 1,
  volumeId: volume.id,
  projectId: volume.projectId,
  format: diskFormat,
  host: volume.host ?? '',
  backend: volume.backend,
  desired: false,
  generation: 0,
  outcome: null,
});
