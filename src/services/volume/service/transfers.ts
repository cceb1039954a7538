import { createHash, timingSafeEqual } from 'node:crypto';
import { projectOf, type Ctx } from '#kernel/context.ts';
import { badRequest } from '#kernel/errors.ts';
import { newSecret, newUuid } from '#kernel/ids.ts';
import { isAtLeast } from '#kernel/microversion.ts';
import { countsOf, type Amounts } from '../model/quota.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { assertCan } from '../model/states.ts';
import { transferNotFound, type Transfer } from '../model/transfer.ts';
import { volumeNotFound, type Volume } from '../model/volume.ts';
import { isTrue, type ListQuery } from '../schema/common.ts';
import type { CreateTransferBody } from '../schema/transfer.ts';
import { listPage, type Counted } from '../store/listing.ts';
import { snapshotStore, transferStore, typeStore, volumeStore } from '../store/stores.ts';
import type { VolumeTables } from '../tables.ts';
import type { VolumeDeps } from './deps.ts';
import { listRequest } from './list-request.ts';
import type { Lookup } from './lookup.ts';
import type { Quotas } from './quotas.ts';
import type { Unit, Units } from './units.ts';

const SORTABLE = { id: 'id', name: 'name', created_at: 'created_at', volume_id: 'volume_id' };

export interface TransferDeps {
  readonly deps: VolumeDeps;
  readonly units: Units;
  readonly lookup: Lookup;
  readonly quotas: Quotas;
}

/** Volumes that go from project to project: whoever has the key may take them. */
export class TransferService {
  readonly #with: TransferDeps;

  constructor(collaborators: TransferDeps) {
    this.#with = collaborators;
  }

  /** @returns the key too, which is not kept and never shown again */
  async create(ctx: Ctx, body: CreateTransferBody): Promise<{ transfer: Transfer; authKey: string }> {
    const { lookup, units } = this.#with;
    await lookup.volume(ctx, body.volume_id, 'volume:create_transfer');
    const authKey = newSecret(18);
    const transfer = await units.run(async (unit) => {
      const volume = await volumeStore.find(unit.tx, body.volume_id);
      if (!volume) throw volumeNotFound(body.volume_id);
      assertCan('transfer', volume);
      if (volume.groupId !== null)
        throw badRequest(
          `Invalid volume: volume ${volume.id} is in group ${volume.groupId}; take it out first.`,
        );
      await unit.write(volumeStore, volume, { ...volume, status: 'awaiting-transfer' });
      const salt = newSecret(12);
      const made: Transfer = {
        id: newUuid(),
        version: 1,
        volumeId: volume.id,
        projectId: volume.projectId,
        name: body.name ?? '',
        salt,
        keyHash: hashOf(salt, authKey),
        noSnapshots: !isAtLeast(ctx.microversion, '3.55') || isTrue(body.no_snapshots),
        createdAt: unit.now,
      };
      await transferStore.insert(unit.tx, [made]);
      return made;
    });
    return { transfer, authKey };
  }

  async list(ctx: Ctx, { status: _status, ...query }: ListQuery): Promise<Counted<Transfer>> {
    const { policy, database } = this.#with.deps;
    const request = listRequest(ctx, query, { policy, sortable: SORTABLE });
    const page = await listPage(database.handle<VolumeTables>(), transferStore, request);
    return { ...page, count: null };
  }

  get(ctx: Ctx, id: string): Promise<Transfer> {
    return this.#with.lookup.transfer(ctx, id, 'volume:get_transfer');
  }

  async delete(ctx: Ctx, id: string): Promise<void> {
    const { lookup, units } = this.#with;
    await lookup.transfer(ctx, id, 'volume:delete_transfer');
    await units.run(async (unit) => {
      const transfer = await transferStore.find(unit.tx, id);
      if (!transfer) return;
      await transferStore.delete(unit.tx, [id]);
      const volume = await volumeStore.find(unit.tx, transfer.volumeId);
      if (volume?.status === 'awaiting-transfer')
        await unit.write(volumeStore, volume, { ...volume, status: 'available' });
    });
  }

  /** Makes the volume the caller's. Without the key, nobody learns whether there is anything to take. */
  async accept(ctx: Ctx, id: string, authKey: string): Promise<Transfer> {
    const { units, quotas } = this.#with;
    const outer = await quotas.outer(projectOf(ctx));
    return units.run(async (unit) => {
      const transfer = await transferStore.find(unit.tx, id);
      if (!transfer || !hasKey(transfer, authKey)) throw transferNotFound(id);
      const volume = await volumeStore.find(unit.tx, transfer.volumeId);
      if (!volume) throw volumeNotFound(transfer.volumeId);
      if (volume.status !== 'awaiting-transfer')
        throw badRequest(`Invalid volume: volume ${volume.id} is ${volume.status}, not awaiting a transfer.`);
      const snapshots = transfer.noSnapshots ? [] : await snapshotsOf(unit, volume);
      const counted = await countsOfMove(unit, volume, snapshots);
      await quotas.reserve(unit.tx, outer, { ...counted, volumeSize: volume.size });
      const owner = { projectId: projectOf(ctx), userId: ctx.user.id };
      await unit.write(volumeStore, volume, { ...volume, ...owner, status: 'available' });
      for (const snapshot of snapshots) await unit.write(snapshotStore, snapshot, { ...snapshot, ...owner });
      await transferStore.delete(unit.tx, [id]);
      return transfer;
    });
  }
}

const snapshotsOf = ({ tx }: Unit, { id }: Volume): Promise<Snapshot[]> =>
  snapshotStore.list(tx, (eb) => eb('volume_id', '=', id));

async function countsOfMove({ tx }: Unit, volume: Volume, snapshots: readonly Snapshot[]): Promise<Amounts> {
  const type = (await typeStore.find(tx, volume.typeId))?.name ?? '';
  const size = volume.size + snapshots.reduce((sum, snapshot) => sum + snapshot.size, 0);
  return {
    ...countsOf('snapshots', { size, type, number: snapshots.length }),
    ...countsOf('volumes', { size, type }),
  };
}

const hashOf = (salt: string, key: string): string =>
  createHash('sha256').update(`${salt}/${key}`).digest('hex');

const hasKey = ({ salt, keyHash }: Transfer, key: string): boolean =>
  timingSafeEqual(Buffer.from(keyHash, 'hex'), Buffer.from(hashOf(salt, key), 'hex'));
