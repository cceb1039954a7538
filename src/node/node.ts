import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileSystemDriver } from '#drivers/filesystem/driver.ts';
import type { NetworkDriver } from '#drivers/network/driver.ts';
import type { RuntimeDriver } from '#drivers/runtime/driver.ts';
import type { VolumeDriver } from '#drivers/volume/driver.ts';
import { convertDiskImage, inspectDiskImage } from '#disk-image/qemu-img.ts';
import type { Clock } from '#kernel/clock.ts';
import { messageOf } from '#kernel/errors.ts';
import type { Logger } from '#kernel/log.ts';
import type { Session } from '#ssntp/session.ts';
import { ControlLink } from './control-link.ts';
import { DesiredStore } from './desired-store.ts';
import { ALL_SHARED, type NodeCpus } from './cpus.ts';
import { createExecute } from './execute.ts';
import { ImageCollector } from './image-collector.ts';
import type { NodeImages, OpenImage } from './images.ts';
import { createMetadata } from './metadata.ts';
import type { MachineDescription, MachineFigures } from './machine.ts';
import { isContainer, isUp, keyOf, planKey, relatives, type Entry } from './objects.ts';
import type { NodeDescription } from './description.ts';
import { Recorder } from './metrics/recorder.ts';
import { keepPulse } from './pulse.ts';
import { Reconciler } from './reconciler.ts';
import { recoverVolumes, recoverWorld } from './recovery.ts';
import type { RegistryControl } from './registry-images.ts';
import { Prober } from './prober.ts';
import { tryInNamespace, type TryInNamespace } from './probe-network.ts';
import { Reporter } from './reporter.ts';
import { describeBackends, findBackend, OpenBackends, type VolumeBackends } from './volumes/backends.ts';
import { Outbox } from './volumes/outbox.ts';
import type { ImageTools } from './volumes/write-image.ts';
import { SecretFiles } from './secret-files.ts';
import { observe, owing } from './workload-facts.ts';
import { World } from './world.ts';

export interface NodeOptions {
  readonly uuid: string;
  /** The node's own files; on the disk that workloads write to. */
  readonly directory: string;
  readonly machine: MachineDescription;
  readonly figures: () => Promise<MachineFigures>;
  readonly bootId: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Default: all are shared by all. */
  readonly cpus?: NodeCpus;
  /** The first is always offered; the others while this machine can run them. */
  readonly runtimes: readonly RuntimeDriver[];
  readonly network: NetworkDriver;
  /** Where volumes are kept, by the name of the backend. */
  readonly volumes: ReadonlyMap<string, VolumeDriver>;
  /** What is in them, for containers. */
  readonly fileSystems: FileSystemDriver;
  /** For secrets of containers: a folder on a file system in memory. */
  readonly memory: string;
  /** Default: qemu-img in its jail. */
  readonly diskImages?: Pick<ImageTools, 'inspect' | 'convert'>;
  /** How probes reach what listens in a container; default: by socat in its network namespace. */
  readonly tryNetwork?: TryInNamespace;
  readonly images: (open: OpenImage, registry: RegistryControl) => NodeImages;
  /** How control is reached: makes an SSNTP client that is not started yet. null = this node stays alone. */
  readonly connect: ((onSession: (session: Session) => void) => Connection) | null;
  /** Looks, but does nothing by itself: to stop workloads while no node is up. */
  readonly passive?: boolean;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface Connection {
  start(): void;
  close(): Promise<void>;
}

export interface Node {
  readonly world: World;
  /** Stops every workload, detaches every volume and does nothing any more; the next start of the node brings back what ran. */
  stopWorkloads(): Promise<void>;
  /** Lets go; workloads and networks stay as they are. The drivers are their owner's to close. */
  close(): Promise<void>;
}

/** Finds again what it left, then connects, then leads everything to where it should be. */
export async function startNode(options: NodeOptions): Promise<Node> {
  const { clock, log, network, fileSystems, bootId, cpus = ALL_SHARED } = options;
  const store = new DesiredStore(join(options.directory, 'node.db'));
  const world = new World(store, options.runtimes);
  const runtimes = new Map(options.runtimes.map((driver) => [driver.name, driver]));
  const opening = await OpenBackends.open(options.volumes, { clock, log });
  const backends = opening.usable;
  const abilities = await probeNetwork(network, log);
  const reporter = new Reporter({ world, clock, log });
  const outbox = new Outbox();
  const link = new ControlLink({
    world,
    runtimes,
    images: () => images,
    recorder: () => recorder,
    scratch: join(options.directory, 'scratch'),
    reporter,
    outbox,
    log,
    connected: () => reconciler.retryNow(),
    describe: async () => ({ ...(await describe(options, backends)), ...abilities }),
    sweep: async () => {
      world.addStrays(await network.inspect());
      for (const [name, driver] of backends) world.addStrayVolumes(name, await driver.list());
      void collector.collect();
    },
  });
  const images = options.images(link.openImage, { getLogin: link.getRegistryLogin, memory: store });
  const collector = new ImageCollector({ ...options, world, store, images });
  const volumes = { backends, outbox, control: link, images: await diskImages(options, link.openImage) };
  const secrets = new SecretFiles(join(options.memory, 'secrets'), link.getSecret);
  const parts = { world, network, runtimes, images, volumes, fileSystems, secrets, cpus, log };
  const execute = createExecute(parts);
  const reconciler = new Reconciler({ world, execute, clock, log });
  const prober = new Prober({ world, runtimes, tryNetwork: options.tryNetwork ?? tryInNamespace, clock });
  const recorder = new Recorder({ ...parts, directory: join(options.directory, 'metrics'), clock });

  const ending = new AbortController();
  const watching = options.runtimes.map((driver) => watchRuntime(driver, { world, log }, ending.signal));
  await recoverWorld({ world, store, runtimes, network, backends, fileSystems, secrets, bootId, log });
  world.watch((entry) => tellOf(entry, { world, collector, reporter, reconciler, prober, recorder }));
  network.metadata?.serve(createMetadata({ world, session: () => link.session, log }));
  if (!options.passive) {
    reconciler.start();
    prober.start();
    await recorder.start();
  }
  const trying = opening.keepTrying(useOpened({ world, link, reconciler, log }), ending.signal);
  const connection = options.connect?.(link.attach);
  connection?.start();
  const pulse = keepPulse(
    {
      uuid: options.uuid,
      hostname: options.machine.hostname,
      world,
      figures: options.figures,
      session: () => link.session,
      whole: () => tellWhole({ reporter, link, log }),
      clock,
      log,
    },
    ending.signal,
  );
  return {
    world,
    stopWorkloads: async () => {
      await reconciler.stop();
      await stopAll({ world, runtimes, backends, fileSystems });
    },
    close: async () => {
      ending.abort();
      prober.close();
      await connection?.close();
      await reconciler.stop();
      await collector.close();
      await Promise.all([pulse, trying, recorder.close(), ...watching]);
      store.close();
    },
  };
}

interface Users {
  readonly world: World;
  readonly link: ControlLink;
  readonly reconciler: Reconciler;
  readonly log: Logger;
}

/** What was in the way of a backend's volumes is gone. */
const useOpened =
  ({ world, link, reconciler, log }: Users) =>
  async (backends: VolumeBackends): Promise<void> => {
    await recoverVolumes({ world, backends, log });
    await link.tellChanges().catch(() => undefined); // with its next hello
    reconciler.retryNow();
  };

/** Everything that control may have missed. */
function tellWhole({ reporter, link, log }: { reporter: Reporter; link: ControlLink; log: Logger }): void {
  reporter.whole();
  link
    .tellChanges()
    .catch((thrown: unknown) =>
      log.warn({ why: messageOf(thrown) }, 'control was not told what this node has'),
    );
}

interface Listeners {
  readonly world: World;
  readonly collector: ImageCollector;
  readonly reporter: Reporter;
  readonly reconciler: Reconciler;
  readonly prober: Prober;
  readonly recorder: Recorder;
}

/** Something about it has changed, or it is gone. */
function tellOf(entry: Entry, { world, collector, reporter, reconciler, prober, recorder }: Listeners): void {
  const { kind, id } = entry;
  const isGone = !world.find(kind, id);
  if (isGone && (kind === 'container' || kind === 'image')) collector.released(entry);
  if (!isGone) reporter.changed(entry);
  else if (kind !== 'sandbox') reporter.gone({ kind, id });
  reconciler.nudge(planKey(kind, id));
  if (kind === 'container') {
    prober.look(entry);
    recorder.look(entry);
  }
  for (const relative of relatives(entry, world)) {
    reporter.changed(relative);
    reconciler.nudge(keyOf(relative.kind, relative.id));
  }
}

async function diskImages(
  { directory, diskImages: tools }: NodeOptions,
  open: OpenImage,
): Promise<ImageTools> {
  const scratch = join(directory, 'scratch');
  await rm(scratch, { recursive: true, force: true }); // what a crash left
  return { inspect: inspectDiskImage, convert: convertDiskImage, ...tools, open, scratch };
}

const describe = async (
  { machine, runtimes, network, labels, cpus }: NodeOptions,
  backends: VolumeBackends,
): Promise<NodeDescription> => ({
  ...machine,
  ...(await offered(runtimes)),
  networkDriver: network.name,
  volumeBackends: await describeBackends(backends),
  labels,
  ...(cpus && cpus.dedicated.length > 0 ? { dedicatedCpus: cpus.dedicated } : {}),
});

/** The first is what this node is for: it is offered whatever it finds. */
async function offered(
  drivers: readonly RuntimeDriver[],
): Promise<Pick<NodeDescription, 'runtimes' | 'runtimeDetails'>> {
  const [first] = drivers;
  const probed = await Promise.all(
    drivers.map(async (driver) => ({
      name: driver.name,
      probe: await driver.probe(),
      isFirst: driver === first,
    })),
  );
  const usable = probed.filter(({ probe, isFirst }) => isFirst || probe.usable);
  const told = usable.flatMap(({ name, probe }) => (probe.details ? [[name, probe.details] as const] : []));
  return { runtimes: usable.map(({ name }) => name), runtimeDetails: Object.fromEntries(told) };
}

/** A driver that cannot work is still asked: each object then says why it waits. */
async function probeNetwork(
  network: NetworkDriver,
  log: Logger,
): Promise<Pick<NodeDescription, 'networkLacks'>> {
  const { usable, reason, lacks } = await network.probe();
  if (!usable) log.error({ driver: network.name, reason }, 'this machine cannot run its network driver');
  if (lacks) log.warn({ driver: network.name, lacks }, 'this machine cannot carry some kinds of networks');
  return lacks ? { networkLacks: lacks } : {};
}

async function watchRuntime(
  driver: RuntimeDriver,
  { world, log }: { world: World; log: Logger },
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const { id, state } of driver.events(signal)) {
      const entry = world.findByWorkload(id);
      if (entry) world.setWorkload(entry, observe(entry.facts.workload, state));
    }
  } catch (thrown) {
    log.error({ runtime: driver.name, why: messageOf(thrown) }, 'a runtime tells no more events');
  }
}

interface Stopping {
  readonly world: World;
  readonly runtimes: ReadonlyMap<string, RuntimeDriver>;
  readonly backends: VolumeBackends;
  readonly fileSystems: FileSystemDriver;
}

async function stopAll({ world, runtimes, ...volumes }: Stopping): Promise<void> {
  await Promise.all([...world.entries()].map((entry) => stopWorkload(entry, world, runtimes)));
  await Promise.all([...world.entries()].map((entry) => detachVolume(entry, { world, ...volumes })));
}

const STOP_SECONDS = 10;

async function stopWorkload(
  entry: Entry,
  world: World,
  runtimes: ReadonlyMap<string, RuntimeDriver>,
): Promise<void> {
  const { handle, state, epoch } = entry.facts.workload;
  const driver = handle && runtimes.get(handle.runtime);
  if (!driver || !isUp(state) || !isContainer(entry)) return;
  world.setWorkload(entry, owing(entry.facts.workload, epoch));
  await driver.stop(
    handle,
    Math.min(STOP_SECONDS, entry.desired?.spec.power.stopTimeoutSeconds ?? STOP_SECONDS),
  );
}

/** The next start finds it detached, and attaches it again. */
async function detachVolume(
  entry: Entry,
  { world, backends, fileSystems }: { world: World; backends: VolumeBackends; fileSystems: FileSystemDriver },
): Promise<void> {
  if (!entry.facts.volume.attached) return;
  await fileSystems.unmount(entry.id);
  await findBackend(entry, backends)?.detach(entry.id);
  world.setVolume(entry, { attached: null, mounted: null });
}
