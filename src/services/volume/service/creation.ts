import { isoTime } from '#kernel/clock.ts';
import { projectOf, systemCtx, type Ctx } from '#kernel/context.ts';
import { badRequest } from '#kernel/errors.ts';
import { newUuid } from '#kernel/ids.ts';
import { isAtLeast } from '#kernel/microversion.ts';
import type { VolumeSource } from '#node/protocol.ts';
import { countsOf } from '../model/quota.ts';
import { pickPlace, type Place } from '../model/schedule.ts';
import { DEFAULT_ZONE, type Volume } from '../model/volume.ts';
import { allowsMultiattach, backendOf, type VolumeType } from '../model/volume-type.ts';
import type { CreateVolumeBody } from '../schema/volume.ts';
import { volumeStore } from '../store/stores.ts';
import { promised } from '../store/usage.ts';
import type { VolumeDeps } from './deps.ts';
import { leaveMessage } from './messages.ts';
import type { Quotas } from './quotas.ts';
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

interface Draft {
  readonly id: string;
  readonly body: CreateVolumeBody;
  readonly type: VolumeType;
  readonly origin: Origin;
  readonly size: number;
  readonly host: string | null;
}

/** Accepts volumes: what can be refused is refused here, the rest is the node's, which is told what to make. */
export class VolumeCreation {
  readonly #with: CreationDeps;

  constructor(collaborators: CreationDeps) {
    this.#with = collaborators;
  }

  async create(ctx: Ctx, body: CreateVolumeBody, options: CreateOptions = {}): Promise<Volume> {
    const { deps, units, lookup, quotas } = this.#with;
    const origin = await findOrigin({ ...deps, lookup }, ctx, originsOf(ctx, body));
    const size = Number(body.size ?? origin.size ?? 0);
    assertFits(size, origin);
    const zone = body.availability_zone ?? DEFAULT_ZONE;
    if (zone !== DEFAULT_ZONE)
      throw badRequest(`Invalid input received: Availability zone '${zone}' is invalid.`);
    const type = await this.#type(body, origin);
    const draft = { id: options.id ?? newUuid(), body, type, origin, size, host: options.host ?? null };
    const nodes = await deps.nodes.list(systemCtx(ctx.requestId, deps));
    const outer = await quotas.outer(projectOf(ctx));
    return units.run(async (unit) => {
      const counted = { ...countsOf('volumes', { size, type: type.name }), volumeSize: size };
      await quotas.reserve(unit.tx, outer, counted);
      const wanted = { size, backend: backendOf(type), host: draft.host };
      const place = origin.place ?? pickPlace(nodes, wanted, await promised(unit.tx));
      const volume = newVolume(ctx, draft, place, isoTime(deps.clock.now()));
      await volumeStore.insert(unit.tx, [volume]);
      await announce(unit, ctx, volume);
      return volume;
    });
  }

  async #type(body: CreateVolumeBody, origin: Origin): Promise<VolumeType> {
    const { types } = this.#with;
    const asked = body.volume_type ?? '';
    if (asked !== '') return types.get(asked);
    return origin.typeId === null ? types.default() : types.getById(origin.typeId);
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

function newVolume(ctx: Ctx, draft: Draft, place: Place | undefined, now: string): Volume {
  const { id, body, type, origin, size } = draft;
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
    readOnly: false,
    snapshotId: origin.source.kind === 'snapshot' ? origin.source.id : null,
    sourceVolid: origin.source.kind === 'volume' ? origin.source.id : null,
    groupId: null,
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
      ? { onSuccess: 'available', onFailure: 'error', doing: 'create', requestId: ctx.requestId }
      : null,
    generation: 1,
  };
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
