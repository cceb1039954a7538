import { projectOf, systemCtx, type Ctx } from '#kernel/context.ts';
import { badRequest } from '#kernel/errors.ts';
import { isAtLeast } from '#kernel/microversion.ts';
import { poolName, poolsOf, satisfies } from '../model/pool.ts';
import { countsOf } from '../model/quota.ts';
import { assertCan } from '../model/states.ts';
import { nextContent, poolOf, type Pending, type Volume } from '../model/volume.ts';
import { allowsMultiattach } from '../model/volume-type.ts';
import { attachmentStore, snapshotStore } from '../store/stores.ts';
import { settledStatus } from './backup-ends.ts';
import type { VolumeDeps } from './deps.ts';
import { imageOrigin } from './origins.ts';
import type { Quotas } from './quotas.ts';
import type { TypeService } from './types.ts';
import type { Unit } from './units.ts';
import type { VolumeService } from './volumes.ts';

export interface ChangeDeps {
  readonly deps: VolumeDeps;
  readonly volumes: VolumeService;
  readonly types: TypeService;
  readonly quotas: Quotas;
}

export interface StatusReset {
  readonly status?: string;
  readonly attach_status?: string;
  readonly migration_status?: string;
}

/** What is done to a volume as a whole: its size, content, type and marks. */
export class VolumeChanges {
  readonly #with: ChangeDeps;

  constructor(collaborators: ChangeDeps) {
    this.#with = collaborators;
  }

  async extend(ctx: Ctx, id: string, size: number): Promise<void> {
    const { volumes, quotas, deps, types } = this.#with;
    const { volume, typeName } = await volumes.show(ctx, id);
    if (volume.status === 'in-use') deps.policy.authorize(ctx, 'volume:extend_attached_volume');
    const outer = await quotas.outer(volume.projectId);
    const type = typeName ?? (await types.default(volume.projectId)).name;
    await volumes.change(ctx, { id, rule: 'volume:extend' }, async (before, unit) => {
      assertCan(isAtLeast(ctx.microversion, '3.42') ? 'extend-attached' : 'extend', before);
      if (size <= before.size)
        throw badRequest(
          `Invalid input received: New size for extend must be greater than current size (current: ${before.size}, extended: ${size}).`,
        );
      const counted = countsOf('volumes', { size: size - before.size, type, number: 0 });
      await quotas.reserve(unit.tx, outer, { ...counted, volumeSize: size });
      const pending = {
        onSuccess: before.status,
        onFailure: 'error_extending',
        doing: 'extend',
        requestId: ctx.requestId,
        user: ctx.user,
      } as const;
      return begin(unit, { ...before, status: 'extending', wantedSize: size }, pending);
    });
  }

  async revert(ctx: Ctx, id: string, snapshotId: string): Promise<void> {
    await this.#with.volumes.change(ctx, { id, rule: 'volume:revert_to_snapshot' }, async (before, unit) => {
      assertCan('revert', before);
      const snapshots = await snapshotStore.list(unit.tx, (eb) => eb('volume_id', '=', id));
      const snapshot = snapshots.at(-1);
      if (snapshot?.id !== snapshotId || snapshot.status !== 'available')
        throw badRequest(
          `Invalid snapshot: volume ${id} can only be taken back to its latest snapshot, which must be available.`,
        );
      if (snapshot.size !== before.size)
        throw badRequest(`Invalid snapshot: volume ${id} has grown since snapshot ${snapshotId} was made.`);
      await unit.write(snapshotStore, snapshot, { ...snapshot, status: 'restoring' });
      const content = nextContent(before, { kind: 'snapshot', id: snapshotId });
      const pending = {
        content,
        onSuccess: 'available',
        onFailure: 'error',
        doing: 'revert',
        requestId: ctx.requestId,
        user: ctx.user,
      } as const;
      return begin(unit, { ...before, status: 'reverting' }, pending);
    });
  }

  async reimage(
    ctx: Ctx,
    id: string,
    image: { readonly id: string; readonly reserved: boolean },
  ): Promise<void> {
    const { volumes, deps } = this.#with;
    const origin = imageOrigin(await deps.images.find(ctx, image.id), image.id);
    await volumes.change(ctx, { id, rule: 'volume:reimage' }, async (before, unit) => {
      assertCan('reimage', before);
      if (before.status === 'reserved' && !image.reserved)
        throw badRequest(`Invalid volume: volume ${id} is reserved; say reimage_reserved to reimage it.`);
      if ((origin.size ?? 0) > before.size)
        throw badRequest(
          `Invalid input received: image ${image.id} needs ${origin.size}GB, more than the volume has.`,
        );
      const then = before.status === 'reserved' ? 'reserved' : 'available';
      const content = nextContent(before, origin.source);
      const { imageMetadata } = origin;
      const changed: Volume = { ...before, status: 'downloading', bootable: true, imageMetadata };
      return begin(unit, changed, {
        content,
        onSuccess: then,
        onFailure: 'error',
        doing: 'reimage',
        requestId: ctx.requestId,
        user: ctx.user,
      });
    });
  }

  /** Only between types whose volumes the same backend can keep: nothing is moved. */
  async retype(ctx: Ctx, id: string, newType: string): Promise<void> {
    const { deps, volumes, types, quotas } = this.#with;
    const type = await types.get(ctx, newType);
    const pools = poolsOf(await deps.nodes.list(systemCtx(ctx.requestId, deps)));
    const outer = await quotas.outer(projectOf(ctx));
    await volumes.change(ctx, { id, rule: 'volume:retype' }, async (before, unit) => {
      assertCan('retype', before);
      if (before.typeId === type.id)
        throw badRequest(`Invalid volume type: volume ${id} is of type ${type.name} already.`);
      if (!pools.some((pool) => poolName(pool) === poolOf(before) && satisfies(pool, type.extraSpecs)))
        throw badRequest(
          `Invalid volume type: backend ${before.backend} keeps no volumes of type ${type.name}, and volumes do not move.`,
        );
      const multiattach = allowsMultiattach(type);
      if (before.status === 'in-use' && multiattach !== before.multiattach)
        throw badRequest(`Invalid volume: volume ${id} is in use: its multiattach cannot change.`);
      const {
        volumes: _all,
        gigabytes: _sum,
        ...ofType
      } = countsOf('volumes', {
        size: before.size,
        type: type.name,
      });
      await quotas.reserve(unit.tx, outer, ofType);
      return { ...before, typeId: type.id, multiattach };
    });
  }

  async setBootable(ctx: Ctx, id: string, bootable: boolean): Promise<void> {
    const rule = 'volume_extension:volume_actions:set_bootable';
    await this.#with.volumes.change(ctx, { id, rule }, (before) => ({ ...before, bootable }));
  }

  async setReadOnly(ctx: Ctx, id: string, readOnly: boolean): Promise<void> {
    await this.#with.volumes.change(ctx, { id, rule: 'volume:update_readonly_flag' }, (before) => {
      assertCan('set-readonly', before);
      return { ...before, readOnly };
    });
  }

  /** What the administrator says it is, whatever it was. */
  async resetStatus(ctx: Ctx, id: string, reset: StatusReset): Promise<void> {
    const rule = 'volume_extension:volume_admin_actions:reset_status';
    if (Object.keys(reset).length === 0)
      throw badRequest('Must specify status, attach_status or migration_status in the request body.');
    await this.#with.volumes.change(ctx, { id, rule }, async (before, unit) => {
      if (reset.attach_status === 'detached') {
        const held = await attachmentStore.list(unit.tx, (eb) => eb('volume_id', '=', id));
        for (const attachment of held) unit.tell('attachment', attachment);
        await attachmentStore.delete(
          unit.tx,
          held.map((attachment) => attachment.id),
        );
      }
      const { status = before.status, migration_status = before.migrationStatus } = reset;
      const migrationStatus = migration_status === 'none' ? null : migration_status;
      return { ...before, status: status as Volume['status'], migrationStatus };
    });
  }

  async changeImageMetadata(
    ctx: Ctx,
    { id, rule }: { readonly id: string; readonly rule: string },
    to: (before: Volume['imageMetadata']) => Volume['imageMetadata'],
  ): Promise<Volume['imageMetadata']> {
    const after = await this.#with.volumes.change(ctx, { id, rule }, (before) => ({
      ...before,
      imageMetadata: to(before.imageMetadata),
    }));
    return after.imageMetadata;
  }

  /** Back from a status that only said what was being done. */
  async giveBack(ctx: Ctx, id: string, rule: string): Promise<void> {
    await this.#with.volumes.change(ctx, { id, rule }, async (before, unit) => {
      assertCan('unreserve', before);
      return { ...before, status: await settledStatus(unit, before) };
    });
  }
}

/** The volume with work for its node in it, which is told. */
export function begin(unit: Unit, volume: Volume, pending: Pending): Volume {
  unit.tell('volume', volume);
  unit.say(volume, volume.status);
  return { ...volume, pending, generation: volume.generation + 1 };
}
