import { flag, fromFlag } from '#kernel/db/columns.ts';
import type { VolumeReport } from '#node/protocol.ts';
import type { VolumeDb, VolumeTx } from '../tables.ts';

/** What a node said last of an object that is not as it should be. */
export interface Reason {
  readonly generation: number;
  readonly text: string;
  /** Whether it is final until the object changes. */
  readonly failed: boolean;
}

interface Said {
  readonly host: string;
  readonly kind: VolumeReport['kind'];
  /** Whether nothing else of this kind is on the host. */
  readonly whole: boolean;
  readonly reports: ReadonlyMap<string, VolumeReport>;
  readonly gone: ReadonlySet<string>;
}

/** Replaces what the host said before of these objects; of what is ready or gone there is nothing to say. */
export async function keepReasons(tx: VolumeTx, { host, kind, whole, reports, gone }: Said): Promise<void> {
  const told = tx.deleteFrom('volume_reason').where('host', '=', host).where('kind', '=', kind);
  await (whole ? told : told.where('id', 'in', [...reports.keys(), ...gone])).execute();
  const rows = [...reports.values()].flatMap(({ id, generation, status, reason, failed }) =>
    status === 'ready' || reason === null
      ? []
      : [{ id, host, kind, generation, reason, failed: flag(failed) }],
  );
  if (rows.length === 0) return;
  await tx
    .insertInto('volume_reason')
    .values(rows)
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
}

export async function findReason(db: VolumeDb, id: string): Promise<Reason | undefined> {
  const row = await db.selectFrom('volume_reason').selectAll().where('id', '=', id).executeTakeFirst();
  return row && { generation: row.generation, text: row.reason, failed: fromFlag(row.failed) };
}
