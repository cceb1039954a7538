import { isoTime } from '#kernel/clock.ts';
import { projectOf, systemCtx, type Ctx } from '#kernel/context.ts';
import { badRequest } from '#kernel/errors.ts';
import { newUuid } from '#kernel/ids.ts';
import { isAtLeast } from '#kernel/microversion.ts';
import type { VolumeSource } from '#node/protocol.ts';
import type { NodeInfo } from '#services/placement/port.ts';
import { assertTakes, groupNotFound } from '../model/group.ts';
import { countsOf } from '../model/quota.ts';
import { openPlace, pickPlace, type Place } from '../model/schedule.ts';
import { DEFAULT_ZONE, type Volume } from '../model/volume.ts';
import { allowsMultiattach, type VolumeType } from '../model/volume-type.ts';
import type { CreateVolumeBody } from '../schema/volume.ts';
import { volumeStore } from '../store/stores.ts';
import { closedPlaces } from '../store/closed.ts';
import { encryptionStore, groupStore } from '../store/periphery-stores.ts';
import { promised } from '../store/usage.ts';
import type { VolumeTables } from '../tables.ts';
import type { VolumeDeps } from './deps.ts';
import { leaveMessage } from './messages.ts';
import type { OuterLimits, Quotas } from './quotas.ts';
import { findOrigin, type Origin } from './origins.ts';
import type { Lookup } from './lookup.ts';
import type { TypeService } from './types.ts';
import type { Unit, Units } from './units.ts';

export interface CreationDeps {
  readonly deps: VolumeDeps;
  readonly units: Units;
  readonly lookup: Lookup;
  readonly types: TypeService;
  readonly quotas: Quotas;
}

/** Whose it is to be and how it is called, beyond what the body says. */
export interface CreateOptions {
  /** Chosen by another service; default: a new one. */
  readonly id?: string;
  /** Host that must be able to attach it. */
  readonly host?: string | null;
}

/** A volume that may be made, as far as could be seen before its transaction. */
export interface VolumePlan {
  readonly id: string;
  readonly body: CreateVolumeBody;
  readonly type: VolumeType;
  readonly origin: Origin;
  readonly size: number;
  readonly host: string | null;
  readonly groupId: string | null;
  readonly nodes: readonly NodeInfo[];
  readonly outer: OuterLimits;
}

/** Accepts volumes: what can be refused is refused here, the rest is the node's, which is told what to make. */
export class VolumeCreation {
  readonly #with: CreationDeps;

  constructor(collaborators: CreationDeps) {
    this.#with = collaborators;
  }

  async create(ctx: Ctx, body: CreateVolumeBody, options: CreateOptions = {}): Promise<Volume> {
    const plan = await this.plan(ctx, body, options);
    return this.#with.units.run((unit) => this.add(unit, ctx, plan));
  }

  /** All that is asked of others, and refused, before the transaction. */
  async plan(ctx: Ctx, body: CreateVolumeBody, options: CreateOptions = {}): Promise<VolumePlan> {
    const { deps, lookup, quotas } = this.#with;
    const origin = await findOrigin({ ...deps, lookup }, ctx, originsOf(ctx, body));
    const size = Number(body.size ?? origin.size ?? 0);
    assertFits(size, origin);
    const zone = body.availability_zone ?? DEFAULT_ZONE;
    if (zone !== DEFAULT_ZONE)
      throw badRequest(`Invalid input received: Availability zone '${zone}' is invalid.`);
    const type = await this.#type(ctx, body, origin);
    await this.#assertPlain(type);
    const { id = newUuid(), host = null } = options;
    const groupId = isAtLeast(ctx.microversion, '3.13') ? (body.group_id ?? null) : null;
    const nodes = await deps.nodes.list(systemCtx(ctx.requestId, deps));
    const outer = await quotas.outer(projectOf(ctx));
    return { id, body, type, origin, size, host, groupId, nodes, outer };
  }

  /** Writes what was planned: in one transaction with whatever else the caller writes. */
  async add(unit: Unit, ctx: Ctx, plan: VolumePlan): Promise<Volume> {
    const { size, type, origin, nodes, host, outer } = plan;
    const counted = { ...countsOf('volumes', { size, type: type.name }), volumeSize: size };
    await this.#with.quotas.reserve(unit.tx, outer, counted);
    const occupancy = { given: await promised(unit.tx), closed: await closedPlaces(unit.tx) };
    const wanted = { size, specs: type.extraSpecs, host };
    const place = origin.place ? openPlace(origin.place, occupancy) : pickPlace(nodes, wanted, occupancy);
    const volume = newVolume(ctx, plan, place, isoTime(this.#with.deps.clock.now()));
    await assertGrouped(unit, volume);
    await volumeStore.insert(unit.tx, [volume]);
    await announce(unit, ctx, volume);
    return volume;
  }

  /** @throws CloudError `bad-request` for a type whose volumes are to be encrypted: no backend does that */
  async #assertPlain({ id, name }: VolumeType): Promise<void> {
    if (await encryptionStore.find(this.#with.deps.database.handle<VolumeTables>(), id))
      throw badRequest(`Invalid volume type: volumes of type ${name} are to be encrypted; no backend can.`);
  }

  async #type(ctx: Ctx, body: CreateVolumeBody, origin: Origin): Promise<VolumeType> {
    const { types } = this.#with;
    const asked = body.volume_type ?? '';
    if (asked !== '') return types.get(ctx, asked);
    return origin.typeId === null ? types.default(projectOf(ctx)) : types.getById(origin.typeId);
  }
}

/** The places content may come from, as the body names them. @throws CloudError `bad-request` when there are several */
function originsOf(ctx: Ctx, body: CreateVolumeBody): { kind: VolumeSource['kind']; id: string } {
  const named = (
    [
      ['image', body.imageRef ?? body.image_id],
      ['snapshot', body.snapshot_id],
      ['volume', body.source_volid],
      ['backup', isAtLeast(ctx.microversion, '3.47') ? body.backup_id : null],
    ] as const
  ).flatMap(([kind, id]) => (id === undefined || id === null || id === '' ? [] : [{ kind, id }]));
  if (named.length > 1)
    throw badRequest(
      'Invalid input received: a volume has one source: an image, snapshot, volume or backup.',
    );
  return named[0] ?? { kind: 'zeros', id: '' };
}

function assertFits(size: number, { size: least }: Origin): void {
  if (size < 1) throw badRequest('Invalid input received: Volume size must be an integer greater than 0.');
  if (least !== null && size < least)
    throw badRequest(
      `Invalid input received: Volume size ${size}GB must not be smaller than ${least}GB of its source.`,
    );
}

function newVolume(ctx: Ctx, draft: VolumePlan, place: Place | undefined, now: string): Volume {
  const { id, body, type, origin, size, groupId } = draft;
  return {
    id,
    version: 1,
    projectId: projectOf(ctx),
    userId: ctx.user.id,
    name: body.name ?? body.display_name ?? null,
    description: body.description ?? body.display_description ?? null,
    size,
    wantedSize: size,
    status: place ? 'creating' : 'error',
    typeId: type.id,
    availabilityZone: DEFAULT_ZONE,
    bootable: origin.bootable,
    multiattach: allowsMultiattach(type),
    readOnly: null,
    snapshotId: origin.source.kind === 'snapshot' ? origin.source.id : null,
    sourceVolid: origin.source.kind === 'volume' ? origin.source.id : null,
    groupId,
    migrationStatus: null,
    metadata: body.metadata ?? {},
    imageMetadata: origin.imageMetadata,
    createdAt: now,
    updatedAt: now,
    host: place?.host ?? null,
    backend: place?.backend ?? '',
    desired: place !== undefined,
    content: { revision: 1, source: origin.source },
    pending: place
      ? {
          onSuccess: 'available',
          onFailure: 'error',
          doing: 'create',
          requestId: ctx.requestId,
          user: ctx.user,
        }
      : null,
    generation: 1,
  };
}

/** @throws CloudError `bad-request` or `not-found` unless its group takes it */
async function assertGrouped({ tx }: Unit, volume: Volume): Promise<void> {
  if (volume.groupId === null) return;
  const group = await groupStore.find(tx, volume.groupId);
  if (group?.projectId !== volume.projectId) throw groupNotFound(volume.groupId);
  assertTakes(group, volume);
}

async function announce(unit: Unit, ctx: Ctx, volume: Volume): Promise<void> {
  unit.say(volume, volume.status);
  if (volume.host !== null) return unit.tell('volume', volume);
  const { id, projectId } = volume;
  await leaveMessage(
    unit,
    { type: 'VOLUME', id, projectId, requestId: ctx.requestId },
    {
      action: 'schedule',
      detail: 'noRoom',
      reason: 'No node that is up has room for it. Another size or volume type may fit.',
    },
  );
}
