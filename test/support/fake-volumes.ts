import { conflict, notFound } from '#kernel/errors.ts';
import type { SecretPort, SecretPayload } from '#services/secret/port.ts';
import type {
  AttachedVolume,
  AttachVolume,
  VolumeInfo,
  VolumePort,
  VolumeRequest,
} from '#services/volume/port.ts';

/** Volumes that are made when they are looked at a second time, and who has them. */
export class FakeVolumes implements VolumePort {
  readonly volumes = new Map<string, VolumeInfo>();
  readonly attachments = new Map<string, AttachVolume>();

  /** One that is there already. */
  add(change: Partial<VolumeInfo> & { readonly id: string }): VolumeInfo {
    const volume = { ...DEFAULTS, name: change.id, ...change };
    this.volumes.set(volume.id, volume);
    return volume;
  }

  async get(_ctx: unknown, idOrName: string): Promise<VolumeInfo> {
    const found = this.volumes.values().find(({ id, name }) => id === idOrName || name === idOrName);
    if (!found) throw notFound(`Volume ${idOrName} could not be found.`);
    return { ...found, status: this.#isHeld(found.id) ? 'in-use' : found.status };
  }

  async create(ctx: unknown, { id, name, size, host }: VolumeRequest): Promise<VolumeInfo> {
    const known = this.volumes.has(id);
    this.add({ id, name, size, host, status: known ? 'available' : 'creating' });
    return this.get(ctx, id);
  }

  async remove(_ctx: unknown, id: string): Promise<void> {
    if (this.#isHeld(id)) throw conflict(`Volume ${id} is attached.`);
    this.volumes.delete(id);
  }

  async attach(ctx: unknown, attach: AttachVolume): Promise<AttachedVolume> {
    const { attachmentId, volumeId } = attach;
    const { status, multiattach } = await this.get(ctx, volumeId);
    if (!this.attachments.has(attachmentId) && status !== 'available' && !multiattach)
      throw conflict(`Volume ${volumeId} is ${status}.`);
    this.attachments.set(attachmentId, attach);
    return { attachmentId, volumeId, device: null };
  }

  async detach(_ctx: unknown, attachmentId: string): Promise<void> {
    this.attachments.delete(attachmentId);
  }

  #isHeld(id: string): boolean {
    return this.attachments.values().some(({ volumeId }) => volumeId === id);
  }
}

const DEFAULTS = {
  status: 'available',
  size: 1,
  host: 'node-1',
  multiattach: false,
  bootable: false,
  readOnly: false,
};

/** Secrets by id, for whoever asks. */
export class FakeSecrets implements SecretPort {
  readonly secrets = new Map<string, string>();

  async payload(_ctx: unknown, refOrId: string): Promise<SecretPayload> {
    const text = this.secrets.get(refOrId.split('/').at(-1) ?? '');
    if (text === undefined) throw notFound('Secret not found.');
    return { bytes: Buffer.from(text), contentType: 'text/plain' };
  }

  async store(): Promise<string> {
    throw new Error('Nobody stores secrets here.');
  }

  async remove(): Promise<void> {}
}
