import { isoTime } from '#kernel/clock.ts';
import type { Db } from '#kernel/db/database.ts';
import type { Reconciler } from '#kernel/http/service.ts';
import { isReceiving, NO_DATA } from './model/image.ts';
import type { ImageDeps } from './service/deps.ts';
import { imageStore, type Holding } from './store/images.ts';
import { taskStore } from './store/tasks.ts';
import type { ImageTables } from './tables.ts';

type Deps = Pick<ImageDeps, 'database' | 'clock' | 'staging' | 'stores' | 'log' | 'worker'>;

const HOUR = 3600;

/**
 * What a crash leaves half done: images that were receiving data go back to `queued`, bytes that no image owns go away. Imports
 * are tasks, and go on. Runs before this process takes its first request; what others on the database receive is theirs.
 */
export const sweepImages = (deps: Deps): Reconciler => ({
  name: 'image.sweep',
  every: Infinity,
  async run() {
    const db: Db<ImageTables> = deps.database.handle();
    for (const [id, image] of await imageStore.holdings(db)) {
      if (isReceiving(image) && !isElsewhere(image, deps)) await requeue(db, id, isoTime(deps.clock.now()));
    }
    await sweepStaging(deps);
    for (const configured of deps.stores) {
      await sweepStore(deps, configured).catch((err: unknown) =>
        deps.log.warn({ err, store: configured.id }, 'a store of images could not be swept'),
      );
    }
  },
});

const isElsewhere = ({ receiver }: Holding, { worker }: Deps): boolean =>
  receiver !== null && receiver !== worker;

/** Imports that ended are told of for two days. */
export const pruneTasks = (deps: Pick<ImageDeps, 'database' | 'clock'>): Reconciler => ({
  name: 'image.prune-tasks',
  every: HOUR,
  run: () => taskStore.prune(deps.database.handle<ImageTables>(), isoTime(deps.clock.now())),
});

async function sweepStaging(deps: Deps): Promise<void> {
  const found = await deps.staging.list();
  const isNeeded = await needs(deps, ({ status }) => status === 'uploading');
  for (const id of found) if (!isNeeded(id)) await deps.staging.discard(id);
}

async function sweepStore(deps: Deps, { id: storeId, store }: ImageDeps['stores'][0]): Promise<void> {
  const found = await store.list();
  const isNeeded = await needs(deps, ({ stores }) => stores.includes(storeId));
  for (const id of found) if (!isNeeded(id)) await store.remove(id);
}

/**
 * Whether the bytes of an image are wanted: by an import, by another process that receives them, or as `of` says. To be asked
 * for after it was looked what there is, so that what others have begun since is not taken for lost.
 */
async function needs(deps: Deps, of: (image: Holding) => boolean): Promise<(id: string) => boolean> {
  const db: Db<ImageTables> = deps.database.handle();
  const images = await imageStore.holdings(db);
  const importing = await taskStore.openImages(db);
  return (id) => {
    const image = images.get(id);
    if (importing.has(id)) return true;
    return image !== undefined && ((isReceiving(image) && isElsewhere(image, deps)) || of(image));
  };
}

async function requeue(db: Db<ImageTables>, id: string, updatedAt: string): Promise<void> {
  const image = await imageStore.find(db, id);
  if (image) await imageStore.update(db, { ...image, ...NO_DATA, updatedAt }, image.status);
}
