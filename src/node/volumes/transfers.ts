import type { VolumeDriver } from '#drivers/volume/driver.ts';
import { CloudError } from '#kernel/errors.ts';
import { Slots } from '#kernel/slots.ts';
import { isFinal, reasonFor } from '../failures.ts';
import type { Entry } from '../objects.ts';
import { isGuestWritten } from '../plan-mount.ts';
import { sourceRef } from '../plan-volume.ts';
import type { CopySpec, VolumeSpec } from '../protocol.ts';
import type { World } from '../world.ts';
import { backendName, backendOf, type VolumeBackends } from './backends.ts';
import { fillVolume, type Filling } from './fill.ts';
import type { Control } from './control.ts';
import type { Outbox } from './outbox.ts';
import { sendCopy, type SendDeps } from './send.ts';
import type { ImageTools } from './write-image.ts';

export interface TransferDeps {
  readonly backends: VolumeBackends;
  readonly control: Control;
  readonly images: ImageTools;
  readonly outbox: Outbox;
}

const GIB = 2 ** 30;
/** So that the disk and the line are there for others too. */
const AT_ONCE = 2;

/** What takes long: content that comes into volumes and copies that leave. */
export class Transfers {
  readonly #world: World;
  readonly #deps: SendDeps & Pick<TransferDeps, 'backends'>;
  readonly #slots = new Slots(AT_ONCE);

  constructor(world: World, deps: TransferDeps) {
    this.#world = world;
    const isAttached = (id: string) => Boolean(world.find('volume', id)?.facts.volume.attached);
    this.#deps = { ...deps, isAttached };
  }

  /** A filling that can never succeed is a fact about the volume, which stays as it was. */
  async fill(entry: Entry, spec: VolumeSpec, signal: AbortSignal): Promise<void> {
    const driver = backendOf(entry, this.#deps.backends);
    const isNew = entry.facts.volume.revision === 0;
    if (isNew && (await this.#adopt(entry, spec, driver))) return;
    const size = Math.max(entry.facts.volume.size, spec.size);
    const note = (text: string) => this.#world.setNote(entry, text);
    const filling = { id: entry.id, spec, bytes: size * GIB, isNew, driver, signal, note };
    try {
      await this.#fill(filling);
    } catch (thrown) {
      this.#refuse(entry, CloudError.from(thrown), signal);
      return;
    }
    const { revision, source } = spec.content;
    const guestWritten = isGuestWritten(sourceRef(source), this.#world);
    this.#world.setVolume(entry, {
      revision,
      size,
      refused: null,
      backend: backendName(entry),
      guestWritten,
    });
  }

  async send(entry: Entry, spec: CopySpec, signal: AbortSignal): Promise<void> {
    const driver = backendOf(entry, this.#deps.backends);
    const note = (text: string) => this.#world.setNote(entry, text);
    note(WAITING);
    const copied = await this.#slots.run(signal, () =>
      sendCopy(this.#deps, { id: entry.id, spec, driver, signal, note }),
    );
    this.#world.setVolume(entry, { copied, backend: backendName(entry) });
  }

  async #fill(filling: Filling): Promise<void> {
    const fill = () => fillVolume(this.#deps, filling);
    if (filling.spec.content.source.kind === 'zeros') return fill();
    filling.note(WAITING);
    await this.#slots.run(filling.signal, fill);
  }

  /**
   * A volume that is there and not known is one whose filling ended just before the node did, or the node has lost its memory:
   * what is in it stays.
   */
  async #adopt(entry: Entry, spec: VolumeSpec, driver: VolumeDriver): Promise<boolean> {
    const found = (await driver.list()).volumes.find(({ id }) => id === entry.id);
    if (!found) return false;
    await driver.removeSnapshot(entry.id); // that of its own filling: see withStillSource
    const size = Math.floor(found.bytes / GIB);
    const { revision, source } = spec.content;
    const guestWritten = isGuestWritten(sourceRef(source), this.#world);
    this.#world.setVolume(entry, { revision, size, backend: backendName(entry), guestWritten });
    return true;
  }

  #refuse(entry: Entry, error: CloudError, signal: AbortSignal): void {
    if (signal.aborted || !isFinal(error, { verb: 'fill-volume' })) throw error;
    const generation = entry.desired?.generation ?? 0;
    this.#world.setVolume(entry, { refused: { generation, reason: reasonFor(error) } });
  }
}

const WAITING = 'waiting for other transfers to end';
