import type { BackupStore } from '#drivers/backup/driver.ts';
import type { Reconciler } from '#kernel/http/service.ts';

const HOUR = 3600;

/**
 * The pieces of backups that never ended, and those that a removal had to leave because they were young. Not at the start:
 * a folder that is far away must not keep control from answering.
 */
export function sweepBackups({ backups }: { readonly backups: Pick<BackupStore, 'sweep'> }): Reconciler {
  let started = false;
  return {
    name: 'volume.sweep-backups',
    every: HOUR,
    async run() {
      if (started) await backups.sweep();
      started = true;
    },
  };
}
