import type { TaskKind } from '#kernel/tasks/task.ts';
import type { TaskDeps } from '../service/deps.ts';
import type { Units } from '../service/units.ts';
import { backupStore } from '../store/stores.ts';

export const DELETE_BACKUP = 'volume.delete-backup';

export interface BackupInput {
  readonly id: string;
}

const DAY = 86_400;

/** The manifest and the pieces, then the record. There is no way back: what fails can be deleted again. */
export const deleteBackup = (deps: TaskDeps, units: Units): TaskKind<BackupInput> => ({
  kind: DELETE_BACKUP,
  deadline: DAY,
  steps: [{ name: 'remove-pieces', run: ({ input }) => deps.backups.remove(input.id) }],
  finished: ({ input }) => units.run(({ tx }) => backupStore.delete(tx, [input.id])),
  failed: ({ input }, error) =>
    units.run(async (unit) => {
      const backup = await backupStore.find(unit.tx, input.id);
      if (!backup) return;
      const after = { ...backup, status: 'error_deleting' as const, failReason: error.message };
      await unit.write(backupStore, backup, after);
    }),
});
