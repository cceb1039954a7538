import { isoTime } from '#kernel/clock.ts';
import type { Db } from '#kernel/db/database.ts';
import type { Reconciler } from '#kernel/http/service.ts';
import { isReceiving, NO_DATA, type Image } from './model/image.ts';
import type { ImageDeps } from './service/deps.ts';
import { imageStore } from './store/images.ts';
import { taskStore } from './store/tasks.ts';
import type { ImageTables } from './tables.ts';

type Holdings = ReadonlyMap<string, Pick<Image, 'status' | 'stores' | 'size'>>;

const HOUR = 3600;

const isStaged = (image: Pick<Image, 'status' | 'size'> | undefined): boolean =>
  image?.status === 'uploading' && !isReceiving(image);

/**
 * What a crash leaves half done: images that were receiving data go back to `queued`, bytes that no image owns go away. Imports
 * are tasks, and go on. Runs before the first request is taken, when nothing can be under way.
 */
export const sweepImages = (
  deps: Pick<ImageDeps, 'database' | 'clock' | 'staging' | 'stores' | 'log'>,
): Reconciler => ({
  name: 'image.sweep',
  every: Infinity,
  async run() {
    const db: Db<ImageTables> = deps.database.handle();
    const images = await imageStore.holdings(db);
    const importing = await taskStore.openImages(db);
    for (const [id, image] of images) {
      if (isReceiving(image)) await requeue(db, id, isoTime(deps.clock.now()));
    }
    for (const id of await deps.staging.list()) {
      if (!isStaged(images.get(id)) && !importing.has(id)) await deps.staging.discard(id);
    }
    for (const configured of deps.stores) {
      await sweepStore(configured, images, importing).catch((err: unknown) =>
        deps.log.warn({ err, store: configured.id }, 'a store of images could not be swept'),
      );
    }
  },
});

/** Imports that ended are told of for two days. */
export const pruneTasks = (deps: Pick<ImageDeps, 'database' | 'clock'>): Reconciler => ({
  name: 'image.prune-tasks',
  every: HOUR,
  run: () => taskStore.prune(deps.database.handle<ImageTables>(), isoTime(deps.clock.now())),
});

async function sweepStore(
  { id: storeId, store }: ImageDeps['stores'][0],
  images: Holdings,
  importing: ReadonlySet<string>,
): Promise<void> {
  for (const id of await store.list()) {
    if (!importing.has(id) && !images.get(id)?.stores.includes(storeId)) await store.remove(id);
  }
}

async function requeue(db: Db<ImageTables>, id: string, updatedAt: string): Promise<void> {
  const image = await imageStore.find(db, id);
  if (image) await imageStore.update(db, { ...image, ...NO_DATA, updatedAt }, image.status);
}
