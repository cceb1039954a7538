import type { Ctx } from '#kernel/context.ts';
import { badRequest } from '#kernel/errors.ts';
import { newUuid } from '#kernel/ids.ts';
import { attachmentNotFound, type Attachment } from '../model/attachment.ts';
import { assertCan } from '../model/states.ts';
import { volumeNotFound, type Volume } from '../model/volume.ts';
import type { ListAttachmentsQuery } from '../schema/attachment.ts';
import { listPage, type Counted } from '../store/listing.ts';
import { attachmentStore, volumeStore } from '../store/stores.ts';
import type { VolumeTables } from '../tables.ts';
import { statusAmong } from '../model/occupancy.ts';
import type { VolumeDeps } from './deps.ts';
import { equal, listRequest } from './list-request.ts';
import type { Lookup } from './lookup.ts';
import type { Unit, Units } from './units.ts';

const SORTABLE = { id: 'id', created_at: 'created_at', volume_id: 'volume_id', status: 'status' };

export type ConnectorFields = Readonly<Record<string, unknown>>;

export interface NewAttachment {
  /** Chosen by another service; default: a new one. */
  readonly id?: string;
  readonly volumeId: string;
  readonly instance: string | null;
  /** Null = the place is told later. */
  readonly connector: ConnectorFields | null;
  readonly mode: 'rw' | 'ro' | null;
}

/** Who holds a volume: reserved, then told to the node as a device, then in use, then let go. */
export class AttachmentService {
  readonly #deps: VolumeDeps;
  readonly #units: Units;
  readonly #lookup: Lookup;

  constructor(deps: VolumeDeps, units: Units, lookup: Lookup) {
    this.#deps = deps;
    this.#units = units;
    this.#lookup = lookup;
  }

  async list(ctx: Ctx, query: ListAttachmentsQuery): Promise<Counted<Attachment>> {
    const { attach_status, instance_id, volume_id, status, name: _, 'name~': __, ...rest } = query;
    const request = listRequest(ctx, rest, {
      policy: this.#deps.policy,
      sortable: SORTABLE,
      filters: [
        ...equal('volume_id', volume_id),
        ...equal('instance', instance_id),
        ...equal('status', attach_status ?? status),
      ],
    });
    const page = await listPage(this.#deps.database.handle<VolumeTables>(), attachmentStore, request);
    return { ...page, count: null };
  }

  get(ctx: Ctx, id: string): Promise<Attachment> {
    return this.#lookup.attachment(ctx, id, 'volume:attachment_get');
  }

  /** Reserves the volume; with a connector, makes it a device too. */
  async create(ctx: Ctx, wanted: NewAttachment): Promise<Attachment> {
    const { volumeId, connector } = wanted;
    await this.#lookup.volume(ctx, volumeId, 'volume:attachment_create');
    return this.#units.run(async (unit) => {
      const repeated = wanted.id === undefined ? undefined : await attachmentStore.find(unit.tx, wanted.id);
      if (repeated) return repeated;
      const volume = await volumeStore.find(unit.tx, volumeId);
      if (!volume || volume.host === null) throw volumeNotFound(volumeId);
      assertCan(volume.multiattach ? 'reserve-multi' : 'reserve', volume);
      await assertNotHeldBy(unit, volume, wanted.instance);
      const attachment = newAttachment(volume, { ...wanted, host: volume.host, now: unit.now });
      await attachmentStore.insert(unit.tx, [attachment]);
      const there =
        connector === null ? attachment : await connected(unit, { volume, attachment, connector });
      await settle(unit, volume);
      return there;
    });
  }

  /** Says where it leads: the volume becomes a device there. */
  connect(ctx: Ctx, id: string, connector: ConnectorFields): Promise<Attachment> {
    return this.#change(ctx, { id, rule: 'volume:attachment_update' }, (unit, held) =>
      connected(unit, { ...held, connector }),
    );
  }

  /** It is in use from now on. */
  async complete(ctx: Ctx, id: string): Promise<void> {
    await this.#change(ctx, { id, rule: 'volume:attachment_complete' }, async (unit, { attachment }) => {
      if (attachment.status === 'attached') return attachment;
      if (attachment.status !== 'attaching')
        throw badRequest(`Invalid volume attachment: it is ${attachment.status}, not attaching.`);
      const after = { ...attachment, status: 'attached' as const, attachedAt: unit.now };
      return unit.write(attachmentStore, attachment, after);
    });
  }

  /** @returns those that are left of its volume */
  async delete(ctx: Ctx, id: string): Promise<Attachment[]> {
    const { volumeId } = await this.#lookup.attachment(ctx, id, 'volume:attachment_delete');
    return this.#units.run(async (unit) => {
      await removeAttachments(unit, volumeId, (attachment) => attachment.id === id);
      return attachmentStore.list(unit.tx, (eb) => eb('volume_id', '=', volumeId));
    });
  }

  async #change(
    ctx: Ctx,
    { id, rule }: { readonly id: string; readonly rule: string },
    to: (unit: Unit, held: Held) => Promise<Attachment>,
  ): Promise<Attachment> {
    await this.#lookup.attachment(ctx, id, rule);
    return this.#units.run(async (unit) => {
      const attachment = await attachmentStore.find(unit.tx, id);
      const volume = attachment && (await volumeStore.find(unit.tx, attachment.volumeId));
      if (!attachment || !volume) throw attachmentNotFound(id);
      const after = await to(unit, { volume, attachment });
      await settle(unit, volume);
      return after;
    });
  }
}

interface Held {
  readonly volume: Volume;
  readonly attachment: Attachment;
}

/** The attachment as a device of the node that has the volume. @throws CloudError `bad-request` for another host */
export async function connected(
  unit: Unit,
  { volume, attachment, connector }: Held & { readonly connector: ConnectorFields },
): Promise<Attachment> {
  const { host } = connector;
  if (host !== undefined && host !== volume.host)
    throw badRequest(
      `Invalid input received: volume ${volume.id} is kept by node ${volume.host}; it cannot be brought to ${JSON.stringify(host)}.`,
    );
  const { mode, mountpoint } = connector;
  const after: Attachment = {
    ...attachment,
    connector,
    hostName: typeof host === 'string' ? host : attachment.hostName,
    mountpoint: typeof mountpoint === 'string' ? mountpoint : attachment.mountpoint,
    mode: mode === 'ro' || volume.readOnly ? 'ro' : attachment.mode,
    status: attachment.status === 'attached' ? 'attached' : 'attaching',
    desired: true,
    generation: attachment.generation + 1,
    device: null,
  };
  unit.tell('attachment', attachment);
  return unit.write(attachmentStore, attachment, after);
}

/** Lets go of those attachments of a volume, which their node forgets. */
export async function removeAttachments(
  unit: Unit,
  volumeId: string,
  which: (attachment: Attachment) => boolean,
): Promise<void> {
  const all = await attachmentStore.list(unit.tx, (eb) => eb('volume_id', '=', volumeId));
  const going = all.filter(which);
  for (const attachment of going) unit.tell('attachment', attachment);
  await attachmentStore.delete(
    unit.tx,
    going.map(({ id }) => id),
  );
  const volume = await volumeStore.find(unit.tx, volumeId);
  if (volume) await settle(unit, volume);
}

/** The volume's status as its attachments have it, unless something else goes on with it. */
export async function settle(unit: Unit, volume: Volume): Promise<void> {
  const attachments = await attachmentStore.list(unit.tx, (eb) => eb('volume_id', '=', volume.id));
  const status = statusAmong(volume.status, attachments);
  if (status !== volume.status) await unit.write(volumeStore, volume, { ...volume, status });
}

async function assertNotHeldBy({ tx }: Unit, { id }: Volume, instance: string | null): Promise<void> {
  if (instance === null) return;
  const held = await attachmentStore.list(tx, (eb) =>
    eb.and([eb('volume_id', '=', id), eb('instance', '=', instance)]),
  );
  if (held.length > 0) throw badRequest(`Invalid volume: volume ${id} is attached to ${instance} already.`);
}

type Draft = NewAttachment & { readonly host: string; readonly now: string };

export const newAttachment = (volume: Volume, draft: Draft): Attachment => ({
  id: draft.id ?? newUuid(),
  version: 1,
  projectId: volume.projectId,
  volumeId: volume.id,
  instance: draft.instance,
  hostName: null,
  mountpoint: null,
  mode: draft.mode === 'ro' || volume.readOnly ? 'ro' : 'rw',
  status: 'reserved',
  connector: {},
  createdAt: draft.now,
  attachedAt: null,
  host: draft.host,
  backend: volume.backend,
  desired: false,
  generation: 0,
  device: null,
});
