import { projectOf, type Ctx } from '#kernel/context.ts';
import type { Database } from '#kernel/db/database.ts';
import { CloudError, conflict } from '#kernel/errors.ts';
import { isUuid } from '#kernel/ids.ts';
import type { Attachment } from './model/attachment.ts';
import { volumeNotFound, type Volume } from './model/volume.ts';
import type { AttachVolume, AttachedVolume, VolumeInfo, VolumePort, VolumeRequest } from './port.ts';
import type { AttachmentService } from './service/attachments.ts';
import type { VolumeCreation } from './service/creation.ts';
import type { Lookup } from './service/lookup.ts';
import type { VolumeService } from './service/volumes.ts';
import { attachmentStore, volumeStore } from './store/stores.ts';
import type { VolumeTables } from './tables.ts';

export interface LocalPortDeps {
  readonly database: Database;
  readonly lookup: Lookup;
  readonly volumes: VolumeService;
  readonly creation: VolumeCreation;
  readonly attachments: AttachmentService;
}

/** The port in one process with the service. */
export class LocalVolumePort implements VolumePort {
  readonly #deps: LocalPortDeps;

  constructor(deps: LocalPortDeps) {
    this.#deps = deps;
  }

  async get(ctx: Ctx, idOrName: string): Promise<VolumeInfo> {
    const byId = isUuid(idOrName) ? await volumeStore.find(this.#db, idOrName) : undefined;
    if (byId) return toInfo(await this.#deps.lookup.volume(ctx, byId.id, 'volume:get'));
    const named = await volumeStore.list(this.#db, (eb) =>
      eb.and([eb('name', '=', idOrName), eb('project_id', '=', projectOf(ctx))]),
    );
    const [only, ...others] = named;
    if (!only) throw volumeNotFound(idOrName);
    if (others.length > 0) throw conflict(`Several volumes have the name '${idOrName}': please use an id.`);
    return toInfo(only);
  }

  async create(ctx: Ctx, request: VolumeRequest): Promise<VolumeInfo> {
    const { id, name, size, type, imageId, snapshotId, host } = request;
    if (await volumeStore.find(this.#db, id)) return this.get(ctx, id);
    const body = { name, size, volume_type: type, imageRef: imageId, snapshot_id: snapshotId };
    return toInfo(await this.#deps.creation.create(ctx, body, { id, host }));
  }

  async remove(ctx: Ctx, id: string, { force } = { force: false }): Promise<void> {
    await this.#deps.volumes.delete(ctx, id, { cascade: true, force }).catch(unlessGone);
  }

  async attach(ctx: Ctx, attach: AttachVolume): Promise<AttachedVolume> {
    const { attachmentId, volumeId, consumer, host, mountpoint, mode } = attach;
    const { attachments, lookup } = this.#deps;
    const known = await attachmentStore.find(this.#db, attachmentId);
    if (known) return toAttached(known);
    const { status, multiattach } = await lookup.volume(ctx, volumeId, 'volume:get');
    if (status !== 'available' && !(multiattach && status === 'in-use'))
      throw conflict(`Volume ${volumeId} cannot be attached: it is ${status}.`);
    const wanted = { id: attachmentId, volumeId, instance: consumer, connector: { host, mountpoint }, mode };
    const made = await attachments.create(ctx, wanted);
    await attachments.complete(ctx, made.id);
    return toAttached(made);
  }

  async detach(ctx: Ctx, attachmentId: string): Promise<void> {
    await this.#deps.attachments.delete(ctx, attachmentId).catch(unlessGone);
  }

  get #db() {
    return this.#deps.database.handle<VolumeTables>();
  }
}

function unlessGone(thrown: unknown): void {
  if (!(thrown instanceof CloudError) || thrown.kind !== 'not-found') throw thrown;
}

const toInfo = (volume: Volume): VolumeInfo => ({
  id: volume.id,
  name: volume.name ?? '',
  status: volume.status,
  size: volume.size,
  host: volume.host,
  multiattach: volume.multiattach,
  bootable: volume.bootable,
  readOnly: volume.readOnly === true,
});

const toAttached = ({ id, volumeId, device }: Attachment): AttachedVolume => ({
  attachmentId: id,
  volumeId,
  device,
});
