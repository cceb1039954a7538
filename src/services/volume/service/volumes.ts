import { sql } from 'kysely';
import type { Ctx } from '#kernel/context.ts';
import { badRequest, CloudError } from '#kernel/errors.ts';
import { isAtLeast } from '#kernel/microversion.ts';
import type { Attachment } from '../model/attachment.ts';
import { assertCan } from '../model/states.ts';
import { volumeNotFound, type Volume } from '../model/volume.ts';
import { isTrue } from '../schema/common.ts';
import type { ListVolumesQuery, UpdateVolumeBody } from '../schema/volume.ts';
import { assertThawed } from '../store/closed.ts';
import { countAll, listPage, type Counted } from '../store/listing.ts';
import { findReason } from '../store/reasons.ts';
import { attachmentStore, snapshotStore, typeStore, volumeStore } from '../store/stores.ts';
import type { VolumeTables } from '../tables.ts';
import type { VolumeDeps } from './deps.ts';
import { equal, listRequest, metadataFilter, visible } from './list-request.ts';
import type { Lookup } from './lookup.ts';
import type { Unit, Units } from './units.ts';

/** What may be sorted by. */
const SORTABLE = {
  id: 'id',
  name: 'name',
  status: 'status',
  size: 'size',
  bootable: 'bootable',
  host: 'host',
  availability_zone: 'availability_zone',
  volume_type_id: 'type_id',
  created_at: 'created_at',
  updated_at: 'updated_at',
};

/** A volume with what is shown beside it. */
export interface VolumeDetail {
  readonly volume: Volume;
  readonly attachments: readonly Attachment[];
  readonly typeName: string | null;
}

export interface DeleteOptions {
  readonly cascade: boolean;
  readonly force: boolean;
}

/** Use-cases on volumes as records: list, show, change, delete. */
export class VolumeService {
  readonly #deps: VolumeDeps;
  readonly #units: Units;
  readonly #lookup: Lookup;

  constructor(deps: VolumeDeps, units: Units, lookup: Lookup) {
    this.#deps = deps;
    this.#units = units;
    this.#lookup = lookup;
  }

  async list(ctx: Ctx, query: ListVolumesQuery): Promise<Counted<Volume>> {
    const request = listRequest(ctx, query, {
      policy: this.#deps.policy,
      sortable: SORTABLE,
      filters: [
        ...equal('availability_zone', query.availability_zone),
        ...equal('type_id', query.volume_type_id),
        ...equal('group_id', query.group_id),
        ...equal('migration_status', query.migration_status),
        ...equal('bootable', query.bootable === undefined ? undefined : Number(isTrue(query.bootable))),
        ...(query.host === undefined ? [] : [sql<boolean>`host = ${query.host.split('@')[0]}`]),
        ...metadataFilter(query.metadata),
      ],
    });
    const page = await listPage(this.#db, volumeStore, request);
    const counts = isTrue(query.with_count) && isAtLeast(ctx.microversion, '3.45');
    return { ...page, count: counts ? await countAll(this.#db, volumeStore, request.where) : null };
  }

  /** What its node says it waits for or does; null when nothing is left to do. */
  async progress(ctx: Ctx, id: string): Promise<{ volume: Volume; reason: string | null }> {
    const volume = await this.#lookup.volume(ctx, id, 'volume:get');
    return { volume, reason: (await findReason(this.#db, id))?.text ?? null };
  }

  /** Attachments and types of a page, in two queries. */
  async detail(volumes: readonly Volume[]): Promise<VolumeDetail[]> {
    if (volumes.length === 0) return [];
    const ids = volumes.map(({ id }) => id);
    const attachments = await attachmentStore.list(this.#db, (eb) => eb('volume_id', 'in', ids));
    const types = await typeStore.findMany(this.#db, [...new Set(volumes.map(({ typeId }) => typeId))]);
    return volumes.map((volume) => ({
      volume,
      attachments: attachments.filter(({ volumeId }) => volumeId === volume.id),
      typeName: types.find(({ id }) => id === volume.typeId)?.name ?? null,
    }));
  }

  async show(ctx: Ctx, id: string): Promise<VolumeDetail> {
    const [detail] = await this.detail([await this.#lookup.volume(ctx, id, 'volume:get')]);
    if (!detail) throw volumeNotFound(id);
    return detail;
  }

  async summary(ctx: Ctx, query: { all_tenants?: string }): Promise<Summary> {
    const where = visible(ctx, query, this.#deps.policy);
    const volumes = await volumeStore.select(this.#db, (select) =>
      where.reduce((narrowed, condition) => narrowed.where(condition), select),
    );
    const metadata: Record<string, string[]> = {};
    for (const volume of volumes)
      for (const [key, value] of Object.entries(volume.metadata))
        metadata[key] = [...new Set([...(metadata[key] ?? []), value])];
    return {
      count: volumes.length,
      size: volumes.reduce((sum, { size }) => sum + size, 0),
      metadata,
    };
  }

  async update(ctx: Ctx, id: string, body: UpdateVolumeBody): Promise<VolumeDetail> {
    await this.change(ctx, { id, rule: 'volume:update' }, (volume) => {
      if (Object.keys(body).length === 0 && isAtLeast(ctx.microversion, '3.53'))
        throw badRequest('Invalid input for body volume: must have at least 1 property.');
      return {
        ...volume,
        name: either(body.name, body.display_name, volume.name),
        description: either(body.description, body.display_description, volume.description),
        metadata: body.metadata ?? volume.metadata,
      };
    });
    return this.show(ctx, id);
  }

  /** Authorises, and writes what `to` makes of the volume. */
  async change(
    ctx: Ctx,
    { id, rule }: { readonly id: string; readonly rule: string },
    to: (volume: Volume, unit: Unit) => Volume | Promise<Volume>,
  ): Promise<Volume> {
    await this.#lookup.volume(ctx, id, rule);
    return this.#units.run(async (unit) => {
      const before = await volumeStore.find(unit.tx, id);
      if (!before) throw volumeNotFound(id);
      const after = await to(before, unit);
      return after === before ? before : unit.write(volumeStore, before, after);
    });
  }

  async delete(ctx: Ctx, id: string, { cascade, force }: DeleteOptions): Promise<void> {
    if (force) this.#deps.policy.authorize(ctx, 'volume:force_delete');
    const { status } = await this.#lookup.volume(ctx, id, 'volume:delete');
    if (status === 'deleting' && !force) return;
    await this.#units.run(async (unit) => {
      const volume = await volumeStore.find(unit.tx, id);
      if (!volume) return;
      if (volume.groupId !== null && !force)
        throw badRequest(`Invalid volume: volume ${id} is in group ${volume.groupId}; take it out first.`);
      await removeVolume(unit, volume, { cascade, force });
    });
  }

  get #db() {
    return this.#deps.database.handle<VolumeTables>();
  }
}

/** @throws CloudError `bad-request` unless it can be deleted, or is by force */
export async function removeVolume(
  unit: Unit,
  volume: Volume,
  { cascade, force }: DeleteOptions,
): Promise<void> {
  if (!force) await assertDeletable(unit, volume);
  await assertThawed(unit.tx, volume);
  await removeSnapshots(unit, volume, cascade || force);
  await attachmentStore.delete(unit.tx, await attachmentIds(unit, volume));
  if (volume.desired) {
    const after = { ...volume, status: 'deleting' as const, desired: false, pending: null };
    await unit.write(volumeStore, volume, after);
  } else await volumeStore.delete(unit.tx, [volume.id]); // its node has nothing of it, or will have nothing
  unit.tell('volume', volume);
  unit.say(volume, 'deleting');
}

export interface Summary {
  readonly count: number;
  readonly size: number;
  readonly metadata: Readonly<Record<string, readonly string[]>>;
}

const either = <T>(first: T | undefined, second: T | undefined, otherwise: T): T =>
  first === undefined ? (second === undefined ? otherwise : second) : first;

async function attachmentIds(unit: Unit, { id }: Volume): Promise<string[]> {
  const attachments = await attachmentStore.list(unit.tx, (eb) => eb('volume_id', '=', id));
  for (const attachment of attachments) unit.tell('attachment', attachment);
  return attachments.map((attachment) => attachment.id);
}

async function assertDeletable({ tx }: Unit, volume: Volume): Promise<void> {
  assertCan('delete', volume);
  const { id } = volume;
  if ((await attachmentStore.count(tx, (eb) => eb('volume_id', '=', id))) > 0)
    throw badRequest(`Invalid volume: volume ${id} is attached; detach it first.`);
  const clones = await volumeStore.count(tx, (eb) =>
    eb.and([eb('source_volid', '=', id), eb('status', '=', 'creating')]),
  );
  if (clones > 0) throw badRequest(`Invalid volume: volume ${id} is being copied to another volume.`);
}

/** @throws CloudError `bad-request` when there are any and they are not to go along. */
async function removeSnapshots(unit: Unit, { id }: Volume, along: boolean): Promise<void> {
  const snapshots = await snapshotStore.list(unit.tx, (eb) => eb('volume_id', '=', id));
  if (snapshots.length > 0 && !along)
    throw new CloudError('bad-request', `Invalid volume: volume ${id} has snapshots; delete them first.`);
  for (const snapshot of snapshots) {
    if (snapshot.desired)
      await unit.write(snapshotStore, snapshot, { ...snapshot, status: 'deleting', desired: false });
    else if (snapshot.status !== 'deleting') await snapshotStore.delete(unit.tx, [snapshot.id]);
    unit.tell('snapshot', snapshot);
  }
}
