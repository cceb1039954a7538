import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { checkDestinations } from '#kernel/destinations.ts';
import { CloudError, conflict, messageOf } from '#kernel/errors.ts';
import { exec } from '#kernel/exec.ts';
import { sendSignal } from '../conmon/cgroup.ts';
import type { Engine, EngineHost, EnginePlace, EngineTarget, EngineView } from '../conmon/engine.ts';
import { writeAtomically, writeConfig } from '../conmon/files.ts';
import type { HandleData } from '../conmon/handle.ts';
import { pidIn } from '../conmon/monitor.ts';
import { readUsage } from '../conmon/stats.ts';
import type {
  ArchiveContent,
  ArchiveLimits,
  ArchiveUpload,
  Console,
  ExecOutcome,
  ExecRequest,
  InteractiveCommand,
  ProcessTable,
  RuntimeProbe,
  WorkloadResources,
  WorkloadSpec,
  WorkloadUsage,
} from '../driver.ts';
import { devicesOf } from '../mounts.ts';
import { ask } from './agent/client.ts';
import { encodeRecords } from './agent/records.ts';
import { layerFrom, packFrom, unpackTo } from './archive.ts';
import { execute, openConsole, type CommandPlace } from './exec.ts';
import { clearLayout, type ClearLayout } from './layout.ts';
import { describeParts } from './machine/details.ts';
import { describeMerging, startMerging } from './machine/merging.ts';
import { findParts, qemuProgram, type FoundParts } from './machine/parts.ts';
import { findTuned } from './machine/tuned.ts';
import { machinePlan, prepareJail } from './machine/plan.ts';
import { fitsIn, shapeFor } from './machine/shape.ts';
import { Templates } from './machine/templates.ts';
import { takeInterfaces } from './network.ts';
import { LowerImages } from './root/lower.ts';
import { rootDisks } from './root/disks.ts';
import { makeUpper } from './root/upper.ts';
import { compiledFilter } from './seccomp.ts';
import { processTable, readProcesses } from './top.ts';
import { findUserInLayers } from './user.ts';
import { machineVolumes } from './volumes.ts';
import { processRecords, workloadRecords, type ClearBundle } from './workload.ts';

export interface ClearEngineOptions {
  readonly base: string;
  /** On a file system in memory; absent = `/dev/shm`. */
  readonly memory?: string;
  /** Where kernel, initramfs and agent lie, which many may share; absent = in `base`. */
  readonly parts?: string;
  /** Whether equal pages of machines are kept once, where the kernel can; absent = no. */
  readonly mergeMemory?: boolean;
}

const SEED_BYTES = 64;
/** QEMU's own, beside the guest's memory. MiB. */
const EMULATOR_MEMORY = 160;
/** How long a killed workload's disk may take. */
const KILL_MS = 5000;
const KILL_POLL_MS = 20;
const TOOLS = ['conmon', 'mkfs.ext4', 'mkfs.erofs', 'nsenter', 'tc', 'gcc', 'crun'];

/** Each workload in a machine of its own: a clone of a template. See this folder's README. */
export class ClearEngine implements Engine {
  readonly name = 'clear';
  readonly disks = true;
  readonly #base: string;
  readonly #partsDirectory: string;
  readonly #mergeMemory: boolean;
  readonly #lowers: LowerImages;
  readonly #templates: Templates;
  #host: EngineHost | undefined;
  #found: { readonly tuned: string | undefined; readonly parts: Promise<FoundParts> } | undefined;
  #filter: Promise<Buffer> | undefined;
  #runtime = '';
  #left = new AbortController();

  constructor({ base, memory, parts, mergeMemory = false }: ClearEngineOptions) {
    this.#mergeMemory = mergeMemory;
    this.#base = base;
    this.#partsDirectory = parts ?? join(base, 'parts');
    this.#lowers = new LowerImages(join(base, 'images'));
    this.#templates = new Templates(
      join(memory ?? join('/dev/shm', base.replaceAll('/', '-').slice(1)), 'templates'),
    );
  }

  /** What can be seen without a start of anything. */
  async probe(): Promise<RuntimeProbe> {
    if (process.getuid?.() !== 0)
      return { usable: false, reason: 'The clear runtime needs root: run the node as root.' };
    try {
      for (const tool of TOOLS) await exec('which', [tool]);
      const parts = await describeParts(this.#partsDirectory);
      return {
        usable: true,
        details: { ...parts, memory_merging: await describeMerging(this.#mergeMemory) },
      };
    } catch (thrown) {
      return {
        usable: false,
        reason: `${messageOf(thrown)} Install the packages qemu-system-x86, erofs-utils, e2fsprogs, gcc, libc6-dev, crun and conmon.`,
      };
    }
  }

  async open(host: EngineHost): Promise<string> {
    this.#host = host;
    if (this.#mergeMemory) await startMerging();
    await mkdir(this.#partsDirectory, { recursive: true, mode: 0o711 });
    const { stdout } = await exec(qemuProgram(), ['--version']);
    return /version (\S+)/.exec(stdout)?.[1] ?? 'unknown';
  }

  /** Commands end with the node that ran them. */
  async close(): Promise<void> {
    this.#left.abort();
    this.#left = new AbortController();
  }

  /** Known once a workload was prepared, and conmon is called after that. */
  runtimeCommand(): readonly [string, ...string[]] {
    return [this.#runtime];
  }

  async make({ paths }: EngineTarget, spec: WorkloadSpec): Promise<void> {
    checkDestinations([
      ...spec.files.map(({ path }) => path),
      ...(spec.mounts ?? []).map(({ destination }) => destination),
    ]);
    await mkdir(paths.dir, { recursive: true, mode: 0o700 });
    const user = await findUserInLayers(spec.layers, spec.user);
    const [image] = await Promise.all([
      this.#lowers.ensure(spec.layers),
      spec.resources.disk ? makeUpper(clearLayout(paths).upper, spec.resources.disk) : undefined,
      this.#find(),
    ]);
    const hasMachineId = spec.layers.some((layer) => existsSync(join(layer, 'etc/machine-id')));
    const bundle: ClearBundle = { spec, user, image, hasMachineId };
    await writeConfig(paths, JSON.stringify(bundle), spec.confidential ?? false);
  }

  async prepare(target: EngineTarget, { tty, stdin }: HandleData): Promise<void> {
    await this.#plan(target, clearLayout(target.paths), { terminal: tty, input: stdin, idle: false });
  }

  /** What it is told has secrets in it: they are in the machine now, and nowhere else. */
  async began({ paths }: EngineTarget): Promise<void> {
    const { order, spare } = clearLayout(paths);
    await Promise.all([order, spare].map((path) => rm(path, { force: true })));
  }

  async clear({ paths }: EngineTarget): Promise<void> {
    const { plan, order, spare, socket, oom, reason, paused, visit } = clearLayout(paths);
    await Promise.all(
      [plan, order, spare, socket, oom, reason, paused, visit].map((path) =>
        rm(path, { recursive: true, force: true }),
      ),
    );
  }

  async discard(): Promise<void> {}

  /** By the agent, which sees to it that all that was written is on the disk; whoever does not obey in time is killed as it is. */
  async kill({ id, paths }: EngineTarget): Promise<void> {
    const { cgroups, clock } = this.#opened;
    const pid = await pidIn(paths.pid);
    const killed = ask(clearLayout(paths).socket, 'kill').catch(() => {}); // it may have ended
    await Promise.race([killed, clock.sleep(KILL_MS)]);
    const deadline = clock.now().getTime() + KILL_MS;
    const alive = async () => pid !== undefined && cgroups.holds(id, pid);
    while (await alive()) {
      if (clock.now().getTime() > deadline) return cgroups.kill(id);
      await clock.sleep(KILL_POLL_MS);
    }
  }

  /** The mark says what somebody wants, the machine does it: whoever is stopped between the two finds the mark. */
  async freeze({ paths }: EngineTarget, frozen: boolean): Promise<void> {
    const { paused, socket } = clearLayout(paths);
    if (frozen) await writeFile(paused, '');
    await ask(socket, frozen ? 'freeze' : 'thaw');
    if (!frozen) await rm(paused, { force: true });
  }

  async frozen({ paths }: EngineTarget): Promise<boolean> {
    return existsSync(clearLayout(paths).paused);
  }

  async oomKilled({ paths }: EngineTarget): Promise<boolean> {
    return existsSync(clearLayout(paths).oom);
  }

  /** Commands end with the connections of whoever ran them, so a node that was killed has left none. */
  async recover({ id, paths }: EngineTarget): Promise<void> {
    const { paused, socket, visit } = clearLayout(paths);
    const visitor = await pidIn(join(visit, 'pid'));
    if (visitor !== undefined && (await this.#opened.cgroups.holds(id, visitor)))
      sendSignal(visitor, 'SIGKILL');
    if (existsSync(paused)) await ask(socket, 'freeze').catch(() => {}); // it may have ended
  }

  async followInterfaces({ paths }: EngineTarget): Promise<void> {
    const { spec } = await readBundle(paths.config);
    const { records } = await takeInterfaces(spec.netns, true);
    await ask(clearLayout(paths).socket, 'network', records);
  }

  async resize({ id, paths, state }: EngineView, resources: WorkloadResources): Promise<void> {
    const { socket } = clearLayout(paths);
    const bundle = await readBundle(paths.config);
    if (state.pid !== null) {
      const shape = shapeOf(bundle);
      if (!fitsIn(shape, resources))
        throw conflict(
          `Its machine has ${shape.memory} MiB and ${shape.cpus} cores: stop it first, to give it more.`,
        );
      await ask(
        socket,
        'limit',
        resources.memory === null ? [] : [['memory', Math.floor(resources.memory * 2 ** 20)]],
      );
      await this.#opened.cgroups.limit(id, { ...resources, memory: null });
    }
    const spec = { ...bundle.spec, resources: { ...bundle.spec.resources, ...resources } };
    await writeAtomically(await realpath(paths.config), JSON.stringify({ ...bundle, spec }), 0o600);
  }

  /** Processor and network as the host counts them, the rest as the machine does. */
  async usage({ id, paths, pid }: EnginePlace): Promise<WorkloadUsage> {
    const [host, said, bundle] = await Promise.all([
      readUsage(this.#opened.cgroups, id, pid),
      ask(clearLayout(paths).socket, 'usage'),
      readBundle(paths.config),
    ]);
    const told = new Map(said.map(([name, value]) => [name, value.toString().trim()]));
    const inactive = Number(/^inactive_file (\d+)$/m.exec(told.get('memory.stat') ?? '')?.[1] ?? 0);
    const sectors = (field: number) =>
      ['block', 'image'].reduce((sum, name) => sum + Number(told.get(name)?.split(/\s+/)[field] ?? 0), 0);
    const { memory } = bundle.spec.resources;
    return {
      ...host,
      memoryUsed: Math.max(0, Number(told.get('memory') ?? 0) - inactive),
      memoryLimit: memory === null ? null : Math.floor(memory * 2 ** 20),
      blockRead: sectors(2) * 512,
      blockWritten: sectors(6) * 512,
      pids: Number(told.get('processes') ?? 0),
    };
  }

  async processes({ paths }: EnginePlace, psArgs: string | null): Promise<ProcessTable> {
    const said = await ask(clearLayout(paths).socket, 'processes');
    return processTable(readProcesses(said), psArgs, this.#opened.clock.now());
  }

  async execute({ paths }: EnginePlace, request: ExecRequest): Promise<ExecOutcome> {
    const bundle = await readBundle(paths.config);
    return execute(
      this.#commandsOf(paths),
      processRecords(bundle, await this.#filterOf(bundle), request.args),
      request,
    );
  }

  async console({ paths }: EnginePlace, command: InteractiveCommand): Promise<Console> {
    const bundle = await readBundle(paths.config);
    const tty = command.terminal !== null;
    const process = processRecords(bundle, await this.#filterOf(bundle), command.args, tty);
    return openConsole(this.#commandsOf(paths), process, command);
  }

  pack(view: EngineView, path: string, limits: ArchiveLimits): Promise<ArchiveContent> {
    return this.#visit(view, (socket, done) => packFrom(socket, path, limits, done));
  }

  async unpack(view: EngineView, path: string, upload: ArchiveUpload): Promise<void> {
    await this.#visit(view, async (socket, done) => {
      await unpackTo(socket, path, upload);
      done();
    });
  }

  layer(view: EngineView, limits: ArchiveLimits): Promise<Readable> {
    return this.#visit(view, (socket, done) => layerFrom(socket, limits, done));
  }

  readonly sweep = (): Promise<void> => this.#lowers.sweep();

  /** What machines of this host are made of, and why: found at the first need. */
  details(): Promise<FoundParts> {
    return this.#find();
  }

  #commandsOf(paths: EngineTarget['paths']): CommandPlace {
    return { socket: clearLayout(paths).socket, clock: this.#opened.clock, left: this.#left.signal };
  }

  get #opened(): EngineHost {
    if (!this.#host) throw new Error('The clear engine is not open.');
    return this.#host;
  }

  /** Anew when others were taken into use meanwhile: see `hydria runtime tune`. */
  async #find(): Promise<FoundParts> {
    const tuned = (await findTuned(this.#partsDirectory))?.qemu;
    if (this.#found && this.#found.tuned === tuned) return this.#found.parts;
    const parts = this.#findAnew();
    const found = { tuned, parts };
    this.#found = found;
    parts.catch(() => {
      if (this.#found === found) this.#found = undefined;
    });
    return parts;
  }

  async #findAnew(): Promise<FoundParts> {
    const parts = await findParts(this.#partsDirectory, this.#mergeMemory);
    this.#runtime = parts.agent;
    await prepareJail(join(this.#base, 'jail'), parts);
    await this.#templates.sweep(parts);
    return parts;
  }

  #filterOf({ spec }: ClearBundle): Promise<Buffer | null> {
    if (spec.privileged) return Promise.resolve(null);
    this.#filter ??= compiledFilter(this.#partsDirectory).catch((thrown: unknown) => {
      this.#filter = undefined;
      throw thrown;
    });
    return this.#filter;
  }

  /** Writes what the shim and the agent need for one run. */
  async #plan(
    { id, paths }: EngineTarget,
    { plan, order, socket, upper, spare }: ClearLayout,
    how: { readonly terminal: boolean; readonly input: boolean; readonly idle: boolean },
  ): Promise<void> {
    const parts = await this.#find();
    const bundle = await readBundle(paths.config);
    const { cgroups } = this.#opened;
    const [network, filter, groups] = await Promise.all([
      takeInterfaces(bundle.spec.netns),
      this.#filterOf(bundle),
      cgroups.make(id),
    ]);
    const shape = shapeOf(bundle, network.taps.length);
    const template = await this.#templates.find(parts, shape);
    const volumes = machineVolumes(devicesOf(bundle.spec));
    const root = await rootDisks(template, { image: bundle.image, upper, spare });
    await cgroups.limit(id, { ...bundle.spec.resources, memory: shape.memory + EMULATOR_MEMORY });
    const records = [
      ...volumes.records, // below the files
      ...workloadRecords(bundle, filter, how),
      ['seed', randomBytes(SEED_BYTES)] as const,
      ...network.records,
      ...root.records,
    ];
    await writeAtomically(order, encodeRecords(records), 0o600);
    const wish = {
      parts,
      shape,
      template,
      socket,
      order,
      groups,
      disks: [...root.disks, ...volumes.disks],
      spareDisk: upper,
      netns: bundle.spec.netns,
      taps: network.taps,
      jail: join(this.#base, 'jail'),
      terminal: how.terminal,
      input: how.input,
    };
    await writeAtomically(plan, encodeRecords(machinePlan(wish)), 0o600);
  }

  /** Where the workload runs, in its machine; else in one that has its disks and runs nothing, until `done`. */
  async #visit<T>(view: EngineView, act: (socket: string, done: () => void) => Promise<T>): Promise<T> {
    const own = clearLayout(view.paths);
    if (view.state.pid !== null) return act(own.socket, () => {});
    const { visit } = own;
    await mkdir(visit, { recursive: true, mode: 0o700 });
    const place = {
      ...own,
      plan: join(visit, 'machine'),
      order: join(visit, 'order'),
      spare: join(visit, 'spare.img'),
      socket: join(visit, 'sock'),
    };
    await this.#plan(view, place, { terminal: false, input: false, idle: true });
    const pidFile = join(visit, 'pid');
    await createMachine(this.#runtime, visit, pidFile);
    const leave = () =>
      void pidIn(pidFile).then((pid) => (pid === undefined ? undefined : sendSignal(pid, 'SIGKILL')));
    try {
      return await act(place.socket, leave);
    } catch (thrown) {
      leave();
      throw thrown;
    }
  }
}

const shapeOf = ({ spec }: ClearBundle, interfaces = 1) =>
  shapeFor(spec.resources, { disks: machineVolumes(devicesOf(spec)).disks.length, interfaces });

const readBundle = async (config: string): Promise<ClearBundle> =>
  JSON.parse(await readFile(config, 'utf8')) as ClearBundle;

/** What is left running keeps the files open that it was started with: so these are none of ours. */
async function createMachine(runtime: string, bundle: string, pidFile: string): Promise<void> {
  const words = join(bundle, 'words');
  const quietly = 'exec "$@" >"$0" 2>&1 </dev/null';
  const args = [words, runtime, 'create', '--bundle', bundle, '--pid-file', pidFile];
  const { code } = await exec('sh', ['-c', quietly, ...args], { okCodes: [0, 70] });
  if (code !== 0) throw new CloudError('internal', (await readFile(words, 'utf8')).trim());
}
