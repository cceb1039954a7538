import type { NetworkInventory } from '#drivers/network/driver.ts';
import type { RuntimeDriver } from '#drivers/runtime/driver.ts';
import type { VolumeInventory } from '#drivers/volume/driver.ts';
import type { DesiredStore } from './desired-store.ts';
import {
  NO_FACTS,
  keyOf,
  sandboxIdOf,
  type Entry,
  type Facts,
  type Failure,
  type Key,
  type LocalKind,
  type VolumeFacts,
  type WorkloadFacts,
  type WorldView,
} from './objects.ts';
import type { DesiredObject, ObjectKey } from './protocol.ts';

/** Everything the node knows, in memory and on the disk. What changes here is durable when the call returns. */
export class World implements WorldView {
  readonly #store: DesiredStore;
  readonly #entries = new Map<Key, Entry>();
  readonly #watchers = new Set<(entry: Entry) => void>();
  readonly #disks: ReadonlySet<string>;
  readonly #followers: ReadonlySet<string>;

  /** @param runtimes of this machine */
  constructor(
    store: DesiredStore,
    runtimes: readonly Pick<RuntimeDriver, 'name' | 'disks' | 'interfaces'>[] = [],
  ) {
    this.#store = store;
    this.#disks = new Set(runtimes.filter(({ disks }) => disks).map(({ name }) => name));
    this.#followers = new Set(runtimes.filter(({ interfaces }) => interfaces).map(({ name }) => name));
    for (const stored of store.load())
      this.#entries.set(keyOf(stored.kind, stored.id), { ...stored, failure: null, note: null });
    for (const entry of this.entries()) this.#wantSandboxOf(entry);
  }

  /** From now on `changed` is told of every entry whose wish, facts, failure or note is another. @returns how to end that */
  watch(changed: (entry: Entry) => void): () => void {
    this.#watchers.add(changed);
    return () => void this.#watchers.delete(changed);
  }

  find(kind: LocalKind, id: string): Entry | undefined {
    return this.#entries.get(keyOf(kind, id));
  }

  /** The container that the runtime knows by this id. */
  findByWorkload(workloadId: string): Entry | undefined {
    const isIt = (entry: Entry | undefined) => entry?.facts.workload.handle?.id === workloadId;
    const own = this.find('container', workloadId);
    return isIt(own) ? own : this.entries().find(isIt);
  }

  entries(): MapIterator<Entry> {
    return this.#entries.values();
  }

  takesDisks(runtime: string): boolean {
    return this.#disks.has(runtime);
  }

  followsInterfaces(runtime: string): boolean {
    return this.#followers.has(runtime);
  }

  /** These change, others stay. What is older than what is known is passed over. */
  put(objects: readonly DesiredObject[], removed: readonly ObjectKey[]): void {
    const newer = objects.filter((object) => object.generation >= this.#generation(object));
    this.#write(newer, removed);
  }

  /** This is all that is wanted, also where it is older than what is known. */
  set(objects: readonly DesiredObject[]): void {
    const wanted = new Set(objects.map(({ kind, id }) => keyOf(kind, id)));
    const removed = [...this.entries()].filter(
      (entry) => entry.wanted && entry.kind !== 'sandbox' && !wanted.has(keyOf(entry.kind, entry.id)),
    );
    this.#write(objects, removed as readonly ObjectKey[]);
  }

  /** Remembers what was found on the machine and is not known here, as something that nobody wants. */
  addStrays(inventory: NetworkInventory): void {
    const found: [LocalKind, readonly string[]][] = [
      ['port', inventory.ports],
      ['router', inventory.routers],
      ['sandbox', inventory.sandboxes],
      ['network', inventory.networks],
    ];
    for (const [kind, ids] of found)
      for (const id of ids) if (!this.find(kind, id)) this.#update({ ...blank(kind, id), wanted: false });
  }

  /** The same for a volume backend. A copy, and a volume that is being made, may have a snapshot of their own, under their own id. */
  addStrayVolumes(backend: string, { volumes, snapshots, drafts }: VolumeInventory): void {
    const stray = (kind: 'volume' | 'snapshot', id: string, facts: Partial<VolumeFacts>) => {
      const volume = { ...NO_FACTS.volume, backend, ...facts };
      this.#update({ ...blank(kind, id), wanted: false, facts: { ...NO_FACTS, volume } });
    };
    for (const { id, device } of volumes)
      if (!this.find('volume', id))
        stray('volume', id, { attached: device === null ? null : { device, mode: 'ro' } });
    for (const id of drafts) if (!this.find('volume', id)) stray('volume', id, {});
    for (const { id } of snapshots)
      if (!READERS.some((kind) => this.find(kind, id))) stray('snapshot', id, { taken: true });
  }

  setFacts(entry: Entry, facts: Partial<Facts>): void {
    const now = this.find(entry.kind, entry.id);
    if (!now) return;
    const merged = { ...now.facts, ...facts };
    this.#store.saveFacts(entry.kind, entry.id, merged);
    this.#update({ ...now, facts: merged });
  }

  setWorkload(entry: Entry, facts: Partial<WorkloadFacts>): void {
    const now = this.find(entry.kind, entry.id);
    if (now) this.setFacts(now, { workload: { ...now.facts.workload, ...facts } });
  }

  setVolume(entry: Entry, facts: Partial<VolumeFacts>): void {
    const now = this.find(entry.kind, entry.id);
    if (now) this.setFacts(now, { volume: { ...now.facts.volume, ...facts } });
  }

  /** How the last action on `entry` ended. A failure to reach what is no longer wished is none. */
  setFailure(entry: Entry, failure: Failure | null): void {
    const now = this.find(entry.kind, entry.id);
    if (!now || !(now.failure || failure || now.note)) return;
    this.#update({ ...now, failure: isSameWish(now, entry) ? failure : null, note: null });
  }

  setNote(entry: Entry, note: string): void {
    const now = this.find(entry.kind, entry.id);
    if (now && now.note !== note) this.#update({ ...now, note });
  }

  /** It is gone from the machine. One that is wanted again meanwhile begins anew. */
  forget(entry: Entry): void {
    const now = this.find(entry.kind, entry.id);
    if (!now) return;
    if (now.wanted) this.setFacts(now, NO_FACTS);
    else {
      this.#store.remove(entry.kind, entry.id);
      this.#entries.delete(keyOf(entry.kind, entry.id));
      this.#tell(now);
    }
  }

  #generation({ kind, id }: ObjectKey): number {
    const entry = this.find(kind, id);
    return entry?.wanted ? (entry.desired?.generation ?? 0) : 0;
  }

  #write(objects: readonly DesiredObject[], removed: readonly ObjectKey[]): void {
    const wishes = [
      ...objects.map((desired) => ({ kind: desired.kind, id: desired.id, desired, wanted: true })),
      ...removed
        .filter((key) => this.#isRemovable(key))
        .map(({ kind, id }) => {
          const desired = this.find(kind, id)?.desired ?? null;
          return { kind, id, desired, wanted: false };
        }),
    ];
    this.#store.save(wishes);
    for (const wish of wishes) {
      const before = this.find(wish.kind, wish.id) ?? blank(wish.kind, wish.id);
      const entry = { ...before, ...wish };
      this.#update(isSameWish(before, entry) ? entry : { ...entry, failure: null });
      this.#wantSandboxOf(entry);
    }
  }

  /** What is not known may be on the machine all the same; not so a port elsewhere, whose removal all are told. */
  #isRemovable({ kind, id }: ObjectKey): boolean {
    return kind !== 'remote' || this.find(kind, id) !== undefined;
  }

  /** A sandbox is wanted as long as anything is to be in it. */
  #wantSandboxOf(entry: Entry): void {
    const id = sandboxIdOf(entry);
    if (id === null) return;
    const wanted = this.#isSandboxUsed(id);
    const sandbox = this.find('sandbox', id);
    if (sandbox ? sandbox.wanted === wanted : !wanted) return;
    this.#update({ ...(sandbox ?? blank('sandbox', id)), wanted });
  }

  #isSandboxUsed(id: string): boolean {
    if (this.find('container', id)?.wanted) return true;
    return this.entries().some(
      (entry) => entry.kind !== 'sandbox' && entry.wanted && sandboxIdOf(entry) === id,
    );
  }

  #update(entry: Entry): void {
    this.#entries.set(keyOf(entry.kind, entry.id), entry);
    this.#tell(entry);
  }

  #tell(entry: Entry): void {
    for (const changed of this.#watchers) changed(entry);
  }
}

/** Whose id a snapshot on the machine may have. */
const READERS = ['snapshot', 'copy', 'volume'] as const;

const blank = (kind: LocalKind, id: string): Entry => ({
  kind,
  id,
  desired: null,
  wanted: true,
  facts: NO_FACTS,
  failure: null,
  note: null,
});

const isSameWish = (a: Entry, b: Entry): boolean =>
  a.wanted === b.wanted && a.desired?.generation === b.desired?.generation;
