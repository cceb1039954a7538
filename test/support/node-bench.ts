import { FakeFileSystems } from '#drivers/filesystem/fake/driver.ts';
import { FakeNetworkDriver, FakeNetworkWorld } from '#drivers/network/fake/driver.ts';
import type { RuntimeDriver } from '#drivers/runtime/driver.ts';
import { FakeRuntime } from '#drivers/runtime/fake/driver.ts';
import { FakeHost } from '#drivers/runtime/fake/host.ts';
import type { VolumeDriver } from '#drivers/volume/driver.ts';
import { notFound, unavailable } from '#kernel/errors.ts';
import { silentLogger } from '#kernel/log.ts';
import type { LocalImage } from '#node/containers.ts';
import { DesiredStore } from '#node/desired-store.ts';
import { createExecute, type Execute } from '#node/execute.ts';
import type { ExactImage, NodeImages } from '#node/images.ts';
import { GROUPS, isGroup, planKey, type Entry, type Key } from '#node/objects.ts';
import { plan, type Step } from '#node/plan.ts';
import type { RegistryImage } from '#node/protocol.ts';
import { ALL_SHARED } from '#node/cpus.ts';
import { SecretFiles } from '#node/secret-files.ts';
import { imageKey } from '#node/workload-facts.ts';
import { Outbox } from '#node/volumes/outbox.ts';
import type { TransferDeps } from '#node/volumes/transfers.ts';
import { World } from '#node/world.ts';

export const anImage: LocalImage = {
  layers: ['/layers/one'],
  config: {
    entrypoint: [],
    cmd: ['serve'],
    env: { LANG: 'C' },
    workdir: '',
    user: '',
    exposedPorts: [],
    volumes: [],
    labels: {},
    stopSignal: '',
    healthcheck: null,
  },
};

/** A machine long ago, so that no back-off is still on, where no two things happen at one time; its containers `serve`. */
export function aFakeHost(): FakeHost {
  let time = Date.UTC(2026, 0, 1);
  const serve = {
    says: [
      ['stdout', 'one'],
      ['stderr', 'zwei ✓'],
    ],
  } as const;
  return new FakeHost({
    clock: { now: () => new Date(time++) },
    programs: { serve, echo: { says: [['stdout', 'hi']] }, talk: { echoes: true }, boom: { exits: 137 } },
  });
}

/** The images of a machine in memory, where each that is asked for comes at once. */
export class FakeImages implements NodeImages {
  readonly here = new Set<string>();
  /** What references mean now, where that is not the default. */
  readonly registry = new Map<string, string>();

  async resolve({ reference }: RegistryImage): Promise<string> {
    return this.registry.get(reference) ?? `sha256:${'0'.repeat(64)}`;
  }

  async ensure(image: ExactImage): Promise<LocalImage> {
    this.here.add(imageKey(image));
    return anImage;
  }

  keys(): readonly string[] {
    return [...this.here];
  }

  async remove(key: string): Promise<void> {
    this.here.delete(key);
  }
}

const away = () => Promise.reject(unavailable('Control is away.'));

/** Transfers of a node that nobody can be reached from. */
export const loneTransfers = (backends: ReadonlyMap<string, VolumeDriver>): TransferDeps => ({
  backends,
  control: { request: away, open: away },
  images: { open: away, inspect: away, convert: away, scratch: '/nowhere' },
  outbox: new Outbox(),
});

/** The node's planner and executor on a bench: every step is asked for and carried out by the test. */
export class NodeBench {
  readonly host = aFakeHost();
  readonly network = new FakeNetworkDriver(new FakeNetworkWorld());
  readonly runtime = new FakeRuntime(this.host);
  /** One that has volumes as disks, on the same host. */
  readonly disksRuntime = new FakeRuntime(this.host, { disks: true });
  readonly images = new FakeImages();
  readonly fileSystems = new FakeFileSystems();
  /** By their ids, in base64. */
  readonly secrets = new Map<string, string>();
  readonly world = new World(new DesiredStore(':memory:'), [this.runtime, this.disksRuntime]);
  /** Milliseconds of the epoch; far after every exit, so that no back-off is still on. */
  now = Date.UTC(2030, 0, 1);
  readonly #execute: Execute;

  /** @param memory where secrets are put */
  constructor(volumes: TransferDeps = loneTransfers(new Map()), memory = '/nowhere') {
    const getSecret = async (_container: string, id: string) => {
      const secret = this.secrets.get(id);
      if (secret === undefined) throw notFound(`There is no secret ${id}.`);
      return secret;
    };
    this.#execute = createExecute({
      world: this.world,
      network: this.network,
      runtimes: new Map<string, RuntimeDriver>(
        [this.runtime, this.disksRuntime].map((driver) => [driver.name, driver]),
      ),
      images: this.images,
      volumes,
      fileSystems: this.fileSystems,
      secrets: new SecretFiles(memory, getSecret),
      cpus: ALL_SHARED,
      log: silentLogger,
    });
  }

  next(entry: Entry): Step {
    return plan(entry, this.world, this.now);
  }

  /** The keys that have something to do now. */
  busy(): Key[] {
    const keys = new Set([...this.world.entries()].map(({ kind, id }) => planKey(kind, id)));
    return [...keys].filter((key) => 'do' in (this.#nextOf(key) ?? {}));
  }

  /** Carries out the next step of a key. @returns its verb */
  async act(key: Key): Promise<string> {
    const entry = this.#entry(key);
    const step = entry && this.next(entry);
    if (!entry || !step || !('do' in step)) throw new Error(`There is nothing to do for ${key}.`);
    await this.#execute(entry, step.do, new AbortController().signal);
    return step.do.verb;
  }

  /** Until nothing is left to do; `choose` picks who goes first. @returns the verbs in order */
  async settle(choose: (count: number) => number = () => 0, limit = 200): Promise<string[]> {
    const verbs: string[] = [];
    for (let keys = this.busy(); keys.length > 0; keys = this.busy()) {
      if (verbs.length >= limit) throw new Error(`It does not come to rest: ${verbs.slice(-10).join(', ')}.`);
      verbs.push(await this.act(keys[choose(keys.length)] as Key));
    }
    return verbs;
  }

  #nextOf(key: Key): Step | undefined {
    const entry = this.#entry(key);
    return entry && this.next(entry);
  }

  #entry(key: Key): Entry | undefined {
    if (key === GROUPS) return this.world.entries().find(isGroup);
    return this.world.entries().find((entry) => planKey(entry.kind, entry.id) === key);
  }
}
