import type { Ctx } from '#kernel/context.ts';
import type { Store } from '#kernel/db/store.ts';
import type { CloudError } from '#kernel/errors.ts';
import { attachmentNotFound } from '../model/attachment.ts';
import { backupNotFound } from '../model/backup.ts';
import { groupNotFound, groupSnapshotNotFound } from '../model/group.ts';
import { snapshotNotFound } from '../model/snapshot.ts';
import { transferNotFound } from '../model/transfer.ts';
import { volumeNotFound } from '../model/volume.ts';
import { typeNotFound, type VolumeType } from '../model/volume-type.ts';
import { groupSnapshotStore, groupStore } from '../store/periphery-stores.ts';
import {
  attachmentStore,
  backupStore,
  snapshotStore,
  transferStore,
  typeStore,
  volumeStore,
} from '../store/stores.ts';
import type { VolumeTables } from '../tables.ts';
import type { VolumeDeps } from './deps.ts';

interface Owned {
  readonly id: string;
  readonly projectId: string;
}

/** Finds what a caller names, and makes sure of what the caller may do with it. What strangers ask for is not found. */
export class Lookup {
  readonly #deps: Pick<VolumeDeps, 'database' | 'policy'>;

  constructor(deps: Pick<VolumeDeps, 'database' | 'policy'>) {
    this.#deps = deps;
  }

  volume = this.#finder(volumeStore, volumeNotFound);
  snapshot = this.#finder(snapshotStore, snapshotNotFound);
  attachment = this.#finder(attachmentStore, attachmentNotFound);
  backup = this.#finder(backupStore, backupNotFound);
  transfer = this.#finder(transferStore, transferNotFound);
  group = this.#finder(groupStore, groupNotFound);
  groupSnapshot = this.#finder(groupSnapshotStore, groupSnapshotNotFound);

  /** By id or name. */
  async type(idOrName: string): Promise<VolumeType> {
    const [found] = await typeStore.list(this.#db, (eb) =>
      eb.or([eb('id', '=', idOrName), eb('name', '=', idOrName)]),
    );
    if (!found) throw typeNotFound(idOrName);
    return found;
  }

  #finder<T extends Owned>(store: Store<T>, missing: (id: string) => CloudError) {
    return async (ctx: Ctx, id: string, rule: string): Promise<T> => {
      const found = await store.find(this.#db, id);
      if (!found) throw missing(id);
      this.#deps.policy.authorizeVisible(ctx, rule, { project_id: found.projectId }, () => missing(id));
      return found;
    };
  }

  get #db() {
    return this.#deps.database.handle<VolumeTables>();
  }
}
