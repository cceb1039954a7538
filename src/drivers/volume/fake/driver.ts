import type {
  AttachMode,
  OpenVolume,
  VolumeCapacity,
  VolumeDriver,
  VolumeInventory,
  VolumeProbe,
  VolumeSourceRef,
} from '../driver.ts';
import { FileVolumeDriver } from '../file/driver.ts';
import type { FileDevice, FileDevices } from '../file/loop-devices.ts';
import type { Step } from '../step.ts';
import { Faults } from './faults.ts';

/** The verbs of a driver that tests can make fail or wait. */
export type VolumeVerb = Exclude<keyof VolumeDriver, 'name'>;

/** The machine of fake drivers: it outlives them, as the kernel outlives the node. Tests read it to see what is there. */
export class FakeVolumeWorld {
  /** Where the bytes are: real files, for what reads and writes them is real. */
  readonly directory: string;
  readonly faults = new Faults<VolumeVerb>();
  /** Files that are attached; a file is its own device. */
  readonly attached = new Map<string, AttachMode>();
  /** Every call that took effect, oldest first: `attach v1`. */
  readonly calls: string[] = [];

  constructor(directory: string) {
    this.directory = directory;
  }

  /** The machine starts again: nothing is attached any more. */
  reboot(): void {
    this.attached.clear();
  }
}

/** The file driver without the kernel: needs neither root nor loop devices, and can be made to fail. */
export class FakeVolumeDriver implements VolumeDriver {
  readonly name = 'fake';
  readonly world: FakeVolumeWorld;
  readonly #files: FileVolumeDriver;

  constructor(world: FakeVolumeWorld, step?: Step) {
    this.world = world;
    this.#files = new FileVolumeDriver({
      directory: world.directory,
      devices: fakeDevices(world),
      ...(step ? { step } : {}),
    });
  }

  probe(): Promise<VolumeProbe> {
    return this.world.faults.run('probe', async () => ({ usable: true }));
  }

  recover(): Promise<void> {
    return this.#do('recover', '', () => this.#files.recover());
  }

  capacity(): Promise<VolumeCapacity> {
    return this.world.faults.run('capacity', () => this.#files.capacity());
  }

  list(): Promise<VolumeInventory> {
    return this.world.faults.run('list', () => this.#files.list());
  }

  draft(id: string, bytes: number): Promise<{ readonly path: string }> {
    return this.#do('draft', id, () => this.#files.draft(id, bytes));
  }

  commitDraft(id: string): Promise<void> {
    return this.#do('commitDraft', id, () => this.#files.commitDraft(id));
  }

  discardDraft(id: string): Promise<void> {
    return this.#do('discardDraft', id, () => this.#files.discardDraft(id));
  }

  ensureVolume(id: string, bytes: number): Promise<void> {
    return this.#do('ensureVolume', id, () => this.#files.ensureVolume(id, bytes));
  }

  cloneToDraft(id: string, bytes: number, source: VolumeSourceRef): Promise<{ readonly path: string }> {
    return this.#do('cloneToDraft', id, () => this.#files.cloneToDraft(id, bytes, source));
  }

  removeVolume(id: string): Promise<void> {
    return this.#do('removeVolume', id, () => this.#files.removeVolume(id));
  }

  ensureSnapshot(id: string, volumeId: string): Promise<void> {
    return this.#do('ensureSnapshot', id, () => this.#files.ensureSnapshot(id, volumeId));
  }

  removeSnapshot(id: string): Promise<void> {
    return this.#do('removeSnapshot', id, () => this.#files.removeSnapshot(id));
  }

  attach(volumeId: string, mode: AttachMode): Promise<{ readonly path: string }> {
    return this.#do('attach', volumeId, () => this.#files.attach(volumeId, mode));
  }

  detach(volumeId: string): Promise<void> {
    return this.#do('detach', volumeId, () => this.#files.detach(volumeId));
  }

  open(source: VolumeSourceRef): Promise<OpenVolume> {
    return this.world.faults.run('open', () => this.#files.open(source));
  }

  #do<T>(verb: VolumeVerb, id: string, effect: () => Promise<T>): Promise<T> {
    return this.world.faults.run(verb, async () => {
      const result = await effect();
      this.world.calls.push(`${verb} ${id}`.trim());
      return result;
    });
  }
}

const fakeDevices = ({ attached }: FakeVolumeWorld): FileDevices => ({
  list: async () =>
    new Map([...attached.keys()].map((file): [string, FileDevice] => [file, { path: file, leaving: false }])),
  attach: async (file) => {
    attached.set(file, 'rw');
    return file;
  },
  setMode: async (file, mode) => {
    attached.set(file, mode);
  },
  resize: async () => {},
  flush: async () => {},
  detach: async (file) => {
    attached.delete(file);
  },
});
