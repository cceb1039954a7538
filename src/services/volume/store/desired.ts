import type { Store } from '#kernel/db/store.ts';
import type { DesiredObject } from '#node/protocol.ts';
import {
  attachmentObject,
  backupObject,
  snapshotObject,
  uploadObject,
  volumeObject,
} from '../model/desired.ts';
import type { VolumeDb } from '../tables.ts';
import { attachmentStore, backupStore, snapshotStore, uploadStore, volumeStore } from './stores.ts';

interface Placed {
  readonly id: string;
  readonly host: string | null;
}

/** What a host should have, in the order in which it needs it. @param ids of these alone; null = all */
export async function desiredOn(
  db: VolumeDb,
  host: string,
  ids: readonly string[] | null,
): Promise<DesiredObject[]> {
  const wanted = <T extends Placed>(store: Store<T>): Promise<T[]> =>
    store.select(db, (query) => {
      const there = query.where('host', '=', host).where('desired', '=', 1);
      return ids === null ? there : there.where('id', 'in', ids);
    });
  return [
    ...(await wanted(volumeStore)).map(volumeObject),
    ...(await wanted(snapshotStore)).map(snapshotObject),
    ...(await wanted(attachmentStore)).map(attachmentObject),
    ...(await wanted(backupStore)).map(backupObject),
    ...(await wanted(uploadStore)).map(uploadObject),
  ];
}

/** All of a kind on a host, wanted or on its way out; or those with these ids. */
export const placedOn = <T extends Placed>(
  db: VolumeDb,
  store: Store<T>,
  { host, ids }: { readonly host: string; readonly ids: readonly string[] | null },
): Promise<T[]> =>
  store.select(db, (query) => {
    const there = query.where('host', '=', host);
    return ids === null ? there : there.where('id', 'in', ids);
  });
