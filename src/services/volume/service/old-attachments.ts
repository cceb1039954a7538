import type { Ctx } from '#kernel/context.ts';
import { badRequest } from '#kernel/errors.ts';
import type { Attachment } from '../model/attachment.ts';
import { assertCan } from '../model/states.ts';
import { volumeNotFound, type Volume } from '../model/volume.ts';
import { attachmentStore, volumeStore } from '../store/stores.ts';
import { connected, newAttachment, removeAttachments, settle, type ConnectorFields } from './attachments.ts';
import type { Lookup } from './lookup.ts';
import type { Unit, Units } from './units.ts';

const RULE = 'volume_extension:volume_actions';

export interface AttachTo {
  readonly instance: string | null;
  readonly hostName: string | null;
  readonly mountpoint: string;
  readonly mode: 'rw' | 'ro';
}

/**
 * Attaching as it was before there were attachments: the volume is connected to a host, and then marked attached. An
 * attachment is made by whichever comes first.
 */
export class OldAttachments {
  readonly #units: Units;
  readonly #lookup: Lookup;

  constructor(units: Units, lookup: Lookup) {
    this.#units = units;
    this.#lookup = lookup;
  }

  attach(ctx: Ctx, id: string, to: AttachTo): Promise<void> {
    return this.#on(ctx, { id, rule: `${RULE}:attach` }, async (unit, volume, held) => {
      assertCan('attach', volume);
      const open = held.find(({ status }) => status === 'attaching' || status === 'reserved');
      if (!open && held.length > 0 && !volume.multiattach)
        throw badRequest(`Invalid volume: volume ${id} is attached already.`);
      if (to.mode === 'rw' && volume.readOnly)
        throw badRequest(`Invalid volume: volume ${id} is read-only: it cannot be attached for writing.`);
      const before = open ?? (await insertNew(unit, volume, to.instance));
      const { instance, hostName, mountpoint, mode } = to;
      const now = { status: 'attached', attachedAt: unit.now } as const;
      await unit.write(attachmentStore, before, { ...before, instance, hostName, mountpoint, mode, ...now });
      await unit.write(volumeStore, volume, { ...volume, status: 'in-use' });
    });
  }

  detach(ctx: Ctx, id: string, attachmentId: string | null): Promise<void> {
    return this.#on(ctx, { id, rule: `${RULE}:detach` }, async (unit, volume, held) => {
      assertCan('detach', volume);
      if (attachmentId === null && held.length > 1)
        throw badRequest(`Invalid volume: volume ${id} has several attachments: say which.`);
      await this.#release(unit, volume, attachmentId);
    });
  }

  forceDetach(ctx: Ctx, id: string, attachmentId: string | null): Promise<void> {
    const rule = 'volume_extension:volume_admin_actions:force_detach';
    return this.#on(ctx, { id, rule }, (unit, volume) => this.#release(unit, volume, attachmentId));
  }

  async #release(unit: Unit, volume: Volume, attachmentId: string | null): Promise<void> {
    const free = await unit.write(volumeStore, volume, { ...volume, status: 'available' });
    await removeAttachments(unit, free.id, ({ id }) => attachmentId === null || id === attachmentId);
  }

  reserve(ctx: Ctx, id: string): Promise<void> {
    return this.#move(ctx, { id, rule: `${RULE}:reserve` }, (volume) => {
      assertCan(volume.multiattach ? 'reserve-multi' : 'reserve', volume);
      return 'attaching';
    });
  }

  beginDetaching(ctx: Ctx, id: string): Promise<void> {
    return this.#move(ctx, { id, rule: `${RULE}:begin_detaching` }, (volume) => {
      assertCan('begin-detaching', volume);
      return 'detaching';
    });
  }

  rollDetaching(ctx: Ctx, id: string): Promise<void> {
    return this.#move(ctx, { id, rule: `${RULE}:begin_detaching` }, (volume) => {
      assertCan('roll-detaching', volume);
      return 'in-use';
    });
  }

  /** @returns the attachment that is now a device of the node */
  initialize(ctx: Ctx, id: string, connector: ConnectorFields): Promise<Attachment> {
    return this.#on(ctx, { id, rule: `${RULE}:initialize_connection` }, async (unit, volume, held) => {
      const attachment = held.find(({ desired }) => !desired) ?? held.at(-1);
      const before = attachment ?? (await insertNew(unit, volume, null));
      const after = await connected(unit, { volume, attachment: before, connector });
      await settle(unit, volume);
      return after;
    });
  }

  terminate(ctx: Ctx, id: string, { host }: ConnectorFields): Promise<void> {
    return this.#on(ctx, { id, rule: `${RULE}:terminate_connection` }, async (unit, volume, held) => {
      for (const attachment of held) {
        if (!attachment.desired || (host !== undefined && host !== attachment.host)) continue;
        const { generation } = attachment;
        unit.tell('attachment', attachment);
        if (attachment.status === 'attached')
          await unit.write(attachmentStore, attachment, {
            ...attachment,
            desired: false,
            generation: generation + 1,
          });
        else await attachmentStore.delete(unit.tx, [attachment.id]);
      }
      await settle(unit, volume);
    });
  }

  #move(
    ctx: Ctx,
    target: { readonly id: string; readonly rule: string },
    to: (volume: Volume) => Volume['status'],
  ): Promise<void> {
    return this.#on(ctx, target, async (unit, volume) => {
      await unit.write(volumeStore, volume, { ...volume, status: to(volume) });
    });
  }

  async #on<T>(
    ctx: Ctx,
    { id, rule }: { readonly id: string; readonly rule: string },
    work: (unit: Unit, volume: Volume, held: readonly Attachment[]) => Promise<T>,
  ): Promise<T> {
    await this.#lookup.volume(ctx, id, rule);
    return this.#units.run(async (unit) => {
      const volume = await volumeStore.find(unit.tx, id);
      if (!volume) throw volumeNotFound(id);
      return work(unit, volume, await attachmentStore.list(unit.tx, (eb) => eb('volume_id', '=', id)));
    });
  }
}

async function insertNew(unit: Unit, volume: Volume, instance: string | null): Promise<Attachment> {
  const { host, id } = volume;
  if (host === null) throw badRequest(`Invalid volume: volume ${id} is on no node.`);
  const wanted = { volumeId: id, instance, connector: null, mode: null, host, now: unit.now };
  const attachment = newAttachment(volume, wanted);
  await attachmentStore.insert(unit.tx, [attachment]);
  return attachment;
}
