import type { Ctx } from '#kernel/context.ts';
import { badRequest } from '#kernel/errors.ts';
import { newUuid } from '#kernel/ids.ts';
import { isAtLeast } from '#kernel/microversion.ts';
import { countsOf } from '../model/quota.ts';
import { snapshotNotFound, type Snapshot } from '../model/snapshot.ts';
import { assertCan } from '../model/states.ts';
import { volumeNotFound, type Volume } from '../model/volume.ts';
import { isTrue } from '../schema/common.ts';
import type { CreateSnapshotBody, ListSnapshotsQuery, UpdateSnapshotBody } from '../schema/snapshot.ts';
import { assertThawed } from '../store/closed.ts';
import { countAll, listPage, type Counted } from '../store/listing.ts';
import { backupStore, snapshotStore, typeStore, volumeStore } from '../store/stores.ts';
import type { VolumeTables } from '../tables.ts';
import type { VolumeDeps } from './deps.ts';
import { equal, listRequest, metadataFilter } from './list-request.ts';
import type { Lookup } from './lookup.ts';
import type { OuterLimits, Quotas } from './quotas.ts';
import type { Unit, Units } from './units.ts';

const SORTABLE = {
  id: 'id',
  name: 'name',
  status: 'status',
  size: 'size',
  volume_id: 'volume_id',
  created_at: 'created_at',
  updated_at: 'updated_at',
};

export interface SnapshotDeps {
  readonly deps: VolumeDeps;
  readonly units: Units;
  readonly lookup: Lookup;
  readonly quotas: Quotas;
}

/** A snapshot that may be made, as far as could be seen before its transaction. */
export interface SnapshotPlan {
  readonly body: CreateSnapshotBody;
  readonly outer: OuterLimits;
  readonly force: boolean;
  readonly groupSnapshotId: string | null;
}

/** What volumes were at a moment. */
export class SnapshotService {
  readonly #with: SnapshotDeps;

  constructor(collaborators: SnapshotDeps) {
    this.#with = collaborators;
  }

  async create(ctx: Ctx, body: CreateSnapshotBody): Promise<Snapshot> {
    const { units, lookup, quotas } = this.#with;
    const { projectId } = await lookup.volume(ctx, body.volume_id ?? 'None', 'volume:get');
    const outer = await quotas.outer(projectId);
    const force = isTrue(body.force ?? undefined) || isAtLeast(ctx.microversion, '3.66');
    if (body.force === false && isAtLeast(ctx.microversion, '3.66'))
      throw badRequest('Invalid value for force: from version 3.66 on, snapshots always are.');
    return units.run((unit) => this.add(unit, ctx, { body, outer, force, groupSnapshotId: null }));
  }

  /** Writes it: in one transaction with whatever else the caller writes. */
  async add(unit: Unit, ctx: Ctx, { body, outer, force, groupSnapshotId }: SnapshotPlan): Promise<Snapshot> {
    const volumeId = body.volume_id ?? 'None';
    const volume = await volumeStore.find(unit.tx, volumeId);
    if (!volume || volume.host === null) throw volumeNotFound(volumeId);
    assertCan(force ? 'force-snapshot' : 'snapshot', volume);
    if (volume.status === 'in-use' && !force)
      throw badRequest(`Invalid volume: volume ${volumeId} is in use: a snapshot of it must be forced.`);
    const type = await typeStore.find(unit.tx, volume.typeId);
    const counted = countsOf('snapshots', { size: volume.size, type: type?.name ?? '' });
    await this.#with.quotas.reserve(unit.tx, outer, counted);
    const draft = { volume, host: volume.host, body, groupSnapshotId, now: unit.now };
    const snapshot = newSnapshot(ctx, draft);
    await snapshotStore.insert(unit.tx, [snapshot]);
    unit.tell('snapshot', snapshot);
    return snapshot;
  }

  async list(ctx: Ctx, query: ListSnapshotsQuery): Promise<Counted<Snapshot>> {
    const { policy } = this.#with.deps;
    const request = listRequest(ctx, query, {
      policy,
      sortable: SORTABLE,
      filters: [...equal('volume_id', query.volume_id), ...metadataFilter(query.metadata)],
    });
    const page = await listPage(this.#db, snapshotStore, request);
    const counts = isTrue(query.with_count) && isAtLeast(ctx.microversion, '3.45');
    return { ...page, count: counts ? await countAll(this.#db, snapshotStore, request.where) : null };
  }

  get(ctx: Ctx, id: string, rule = 'volume:get_snapshot'): Promise<Snapshot> {
    return this.#with.lookup.snapshot(ctx, id, rule);
  }

  update(ctx: Ctx, id: string, body: UpdateSnapshotBody): Promise<Snapshot> {
    return this.change(ctx, { id, rule: 'volume:update_snapshot' }, (snapshot) => ({
      ...snapshot,
      name: body.name ?? body.display_name ?? snapshot.name,
      description: body.description ?? body.display_description ?? snapshot.description,
    }));
  }

  /** Authorises, and writes what `to` makes of the snapshot. */
  async change(
    ctx: Ctx,
    { id, rule }: { readonly id: string; readonly rule: string },
    to: (snapshot: Snapshot) => Snapshot,
  ): Promise<Snapshot> {
    const { lookup, units } = this.#with;
    await lookup.snapshot(ctx, id, rule);
    return units.run(async (unit) => {
      const before = await snapshotStore.find(unit.tx, id);
      if (!before) throw snapshotNotFound(id);
      return unit.write(snapshotStore, before, to(before));
    });
  }

  async delete(ctx: Ctx, id: string, force: boolean): Promise<void> {
    const { lookup, units } = this.#with;
    const rule = force ? 'volume_extension:snapshot_admin_actions:force_delete' : 'volume:delete_snapshot';
    await lookup.snapshot(ctx, id, rule);
    await units.run(async (unit) => {
      const snapshot = await snapshotStore.find(unit.tx, id);
      if (!snapshot) return;
      if (snapshot.groupSnapshotId !== null && !force)
        throw badRequest(`Invalid snapshot: ${id} is part of group snapshot ${snapshot.groupSnapshotId}.`);
      await removeSnapshot(unit, snapshot, force);
    });
  }

  get #db() {
    return this.#with.deps.database.handle<VolumeTables>();
  }
}

/** @throws CloudError `bad-request` unless it can be deleted, or is by force */
export async function removeSnapshot(unit: Unit, snapshot: Snapshot, force: boolean): Promise<void> {
  if (!force) await assertDeletable(unit, snapshot);
  await assertThawed(unit.tx, snapshot);
  if (snapshot.desired)
    await unit.write(snapshotStore, snapshot, { ...snapshot, status: 'deleting', desired: false });
  else await snapshotStore.delete(unit.tx, [snapshot.id]);
  unit.tell('snapshot', snapshot);
}

async function assertDeletable({ tx }: Unit, { id, status }: Snapshot): Promise<void> {
  if (status !== 'available' && status !== 'error')
    throw badRequest(`Invalid snapshot: Snapshot status must be available or error, not ${status}.`);
  const clones = await volumeStore.count(tx, (eb) =>
    eb.and([eb('snapshot_id', '=', id), eb('status', '=', 'creating')]),
  );
  const copies = await backupStore.count(tx, (eb) =>
    eb.and([eb('snapshot_id', '=', id), eb('status', '=', 'creating')]),
  );
  if (clones + copies > 0) throw badRequest(`Invalid snapshot: snapshot ${id} is being copied.`);
}

interface Draft {
  readonly groupSnapshotId: string | null;
  readonly volume: Volume;
  readonly host: string;
  readonly body: CreateSnapshotBody;
  readonly now: string;
}

const newSnapshot = (ctx: Ctx, { volume, host, body, groupSnapshotId, now }: Draft): Snapshot => ({
  id: newUuid(),
  version: 1,
  projectId: volume.projectId,
  userId: ctx.user.id,
  volumeId: volume.id,
  typeId: volume.typeId,
  name: body.name ?? body.display_name ?? null,
  description: body.description ?? body.display_description ?? null,
  status: 'creating',
  progress: null,
  size: volume.size,
  metadata: body.metadata ?? {},
  groupSnapshotId,
  createdAt: now,
  updatedAt: now,
  host,
  backend: volume.backend,
  desired: true,
  generation: 1,
  requestId: ctx.requestId,
});
