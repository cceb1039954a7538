import { CloudError } from '#kernel/errors.ts';
import { park, type TaskKind, type TaskStep } from '#kernel/tasks/task.ts';
import type { NewImage } from '#services/image/port.ts';
import { settledStatus } from '../service/backup-ends.ts';
import type { TaskDeps } from '../service/deps.ts';
import { leaveMessage } from '../service/messages.ts';
import type { Units } from '../service/units.ts';
import { uploadStore, volumeStore } from '../store/stores.ts';
import type { VolumeTables } from '../tables.ts';

export const UPLOAD_IMAGE = 'volume.upload-image';

export interface UploadInput {
  readonly image: NewImage;
  readonly volumeId: string;
}

type Step = TaskStep<UploadInput>;

const DAY = 86_400;

/** The image's record, then the node's copying; without the latter, nothing of the image is kept. */
export const uploadImage = (deps: TaskDeps, units: Units): TaskKind<UploadInput> => ({
  kind: UPLOAD_IMAGE,
  deadline: DAY,
  steps: [createImage(deps), copy(deps, units)],
  finished: ({ input }) => end(units, input, null),
  failed: ({ input, ctx }, error) => end(units, input, { reason: error.message, requestId: ctx.requestId }),
});

const createImage = (deps: TaskDeps): Step => ({
  name: 'create-image',
  run: ({ ctx, input }) => deps.images.create(ctx, input.image),
  undo: ({ ctx, input }) => deps.images.remove(ctx, input.image.id),
});

const copy = (deps: TaskDeps, units: Units): Step => ({
  name: 'copy',
  async run({ input }) {
    const known = await uploadStore.find(deps.database.handle<VolumeTables>(), input.image.id);
    if (known?.outcome === '') return;
    const failure = known ? known.outcome : 'The volume is gone.';
    if (failure !== null) throw new CloudError('internal', failure);
    await want(units, input, true);
    return park(null, `node ${known?.host} to copy the volume`);
  },
  undo: ({ input }) => want(units, input, false),
});

/** Whether the node should copy. */
const want = (units: Units, { image }: UploadInput, desired: boolean): Promise<void> =>
  units.run(async (unit) => {
    const upload = await uploadStore.find(unit.tx, image.id);
    if (!upload || upload.desired === desired) return;
    await unit.write(uploadStore, upload, { ...upload, desired, generation: upload.generation + 1 });
    unit.tell('copy', upload);
  });

/** The volume is again what it was, and the node forgets the copy. */
const end = (
  units: Units,
  { image, volumeId }: UploadInput,
  failure: { readonly reason: string; readonly requestId: string } | null,
): Promise<void> =>
  units.run(async (unit) => {
    const upload = await uploadStore.find(unit.tx, image.id);
    if (!upload) return;
    await uploadStore.delete(unit.tx, [upload.id]);
    unit.tell('copy', upload);
    const volume = await volumeStore.find(unit.tx, volumeId);
    if (volume?.status === 'uploading')
      await unit.write(volumeStore, volume, { ...volume, status: await settledStatus(unit, volume) });
    if (!failure) return;
    const { reason, requestId } = failure;
    const subject = { type: 'VOLUME', id: volumeId, projectId: upload.projectId, requestId } as const;
    await leaveMessage(unit, subject, { action: 'upload', reason });
  });
