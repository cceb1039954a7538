import type { Clock } from '#kernel/clock.ts';
import { isoTime } from '#kernel/clock.ts';
import type { Database, Db } from '#kernel/db/database.ts';
import type { Reconciler } from '#kernel/http/service.ts';
import type { ImageStore } from '#drivers/image/driver.ts';
import type { ImageStatus } from './model/image.ts';
import { imageStore } from './store/images.ts';
import type { ImageTables } from './tables.ts';

const INTERRUPTED: readonly ImageStatus[] = ['saving', 'importing'];

/**
 * What a crash leaves half done: images that were receiving data go back to `queued`, bytes that no image owns go away.
 * Runs before the first request is taken, when nothing can be under way.
 */
export const sweepImages = (deps: { database: Database; clock: Clock; store: ImageStore }): Reconciler => ({
  name: 'image.sweep',
  every: Infinity,
  async run() {
    const db: Db<ImageTables> = deps.database.handle();
    const states = await imageStore.states(db);
    for (const [id, status] of states) {
      if (!INTERRUPTED.includes(status)) continue;
      await deps.store.remove(id);
      await requeue(db, id, isoTime(deps.clock.now()));
    }
    const { stored, staged } = await deps.store.list();
    const orphans = stored.filter((id) => !states.has(id));
    const stale = staged.filter((id) => states.get(id) !== 'uploading');
    for (const id of orphans) await deps.store.remove(id);
    for (const id of stale) await deps.store.discard(id);
  },
});

async function requeue(db: Db<ImageTables>, id: string, now: string): Promise<void> {
  const image = await imageStore.find(db, id);
  if (!image) return;
  const queued = { ...image, status: 'queued', size: null, md5: null, sha512: null, updatedAt: now } as const;
  await imageStore.update(db, queued, image.status);
}
