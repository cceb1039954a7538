import { sql } from 'kysely';
import type { Database } from '#kernel/db/database.ts';
import type { CopySpec } from '#node/protocol.ts';
import { backupObject, uploadObject } from '../model/desired.ts';
import { specOf } from '../model/volume.ts';
import type { NodeRights } from '../nodes/answers.ts';
import type { VolumeTables } from '../tables.ts';
import { backupStore, uploadStore, volumeStore } from './stores.ts';

/** What a node may write and read, from what is desired of it now. */
export const nodeRights = (database: Database): NodeRights => ({
  async findCopy(host, id): Promise<CopySpec | undefined> {
    const db = database.handle<VolumeTables>();
    const backup = await backupStore.find(db, id);
    if (backup) return backup.desired && backup.host === host ? backupObject(backup).spec : undefined;
    const upload = await uploadStore.find(db, id);
    return upload?.desired && upload.host === host ? uploadObject(upload).spec : undefined;
  },

  async mayReadBackup(host, id): Promise<boolean> {
    const db = database.handle<VolumeTables>();
    const mentions = (column: string) =>
      sql<boolean>`replace(${sql.ref(column)}, ${id}, '') <> ${sql.ref(column)}`;
    const volumes = await volumeStore.select(db, (query) =>
      query
        .where('host', '=', host)
        .where('desired', '=', 1)
        .where(sql<boolean>`(${mentions('content')} or ${mentions('pending')})`),
    );
    const begins = volumes.some((volume) => {
      const { source } = specOf(volume).content;
      return volume.pending !== null && source.kind === 'backup' && source.id === id;
    });
    if (begins) return true;
    const copies = await backupStore.count(db, (eb) =>
      eb.and([eb('parent_id', '=', id), eb('host', '=', host), eb('desired', '=', 1)]),
    );
    return copies > 0;
  },
});
