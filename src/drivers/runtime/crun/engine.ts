import type { Readable } from 'node:stream';
import { exec } from '#kernel/exec.ts';
import { packPath, packRoot } from '../archive/pack.ts';
import { unpackInto } from '../archive/unpack.ts';
import type { Engine, EngineHost, EnginePlace, EngineTarget, EngineView } from '../conmon/engine.ts';
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
  WorkloadResources,
  WorkloadSpec,
  WorkloadUsage,
} from '../driver.ts';
import { resizeBundle, writeBundle } from './bundle.ts';
import { openIn } from './console.ts';
import { endLeftCommands, execIn } from './exec.ts';
import { prepareHost, probeHost, runtimeCommand } from './host.ts';
import { mountRoot, unmountRoot } from './root.ts';
import { SeccompCache } from './seccomp-cache.ts';
import { listProcesses } from './top.ts';

interface Opened {
  readonly host: EngineHost;
  readonly seccomp: SeccompCache;
}

/** Processes of this machine's own kernel, by crun and overlayfs. */
export class CrunEngine implements Engine {
  readonly name = 'crun';
  #opened: Opened | undefined;

  probe = probeHost;

  async open(host: EngineHost): Promise<string> {
    await prepareHost(host.layout, host.cgroups.hierarchy);
    const { stdout } = await exec('crun', ['--version']);
    const version = /crun version (\S+)/.exec(stdout)?.[1] ?? 'unknown';
    this.#opened = { host, seccomp: new SeccompCache(host.layout, version) };
    return version;
  }

  async close(): Promise<void> {
    this.#opened = undefined;
  }

  runtimeCommand(): readonly [string, ...string[]] {
    const { layout, cgroups } = this.#host;
    return runtimeCommand(layout, cgroups.hierarchy.obstacle);
  }

  async make({ id, paths }: EngineTarget, spec: WorkloadSpec): Promise<void> {
    const filter = await this.#open.seccomp.find();
    await writeBundle({ cgroupPath: this.#host.cgroups.path(id), filter }, paths, spec);
  }

  prepare({ paths }: EngineTarget): Promise<void> {
    return mountRoot(paths);
  }

  began({ paths }: EngineTarget): Promise<void> {
    return this.#open.seccomp.keep(paths);
  }

  async clear(): Promise<void> {}

  discard({ paths }: EngineTarget): Promise<void> {
    return unmountRoot(paths);
  }

  kill({ id }: EngineTarget): Promise<void> {
    return this.#host.cgroups.kill(id);
  }

  freeze({ id }: EngineTarget, frozen: boolean): Promise<void> {
    return this.#host.cgroups.freeze(id, frozen);
  }

  frozen({ id }: EngineTarget): Promise<boolean> {
    return this.#host.cgroups.frozen(id);
  }

  oomKilled({ id }: EngineTarget): Promise<boolean> {
    return this.#host.cgroups.oomKilled(id);
  }

  recover({ id, paths }: EngineTarget): Promise<void> {
    return endLeftCommands(this.#host.cgroups, paths, id);
  }

  async resize({ id, paths, state }: EngineView, resources: WorkloadResources): Promise<void> {
    if (state.pid !== null) await this.#host.cgroups.limit(id, resources);
    await resizeBundle(paths, resources);
  }

  usage({ id, pid }: EnginePlace): Promise<WorkloadUsage> {
    return readUsage(this.#host.cgroups, id, pid);
  }

  async processes({ id }: EnginePlace, psArgs: string | null): Promise<ProcessTable> {
    return listProcesses(await this.#host.cgroups.processes(id), psArgs);
  }

  execute({ id, paths }: EnginePlace, request: ExecRequest): Promise<ExecOutcome> {
    return execIn(this.#host, paths, id, request);
  }

  console({ id, paths }: EnginePlace, command: InteractiveCommand): Promise<Console> {
    return openIn(this.#host, paths, id, command);
  }

  async pack(view: EngineView, path: string, limits: ArchiveLimits): Promise<ArchiveContent> {
    return packPath(await rootOf(view), path, limits);
  }

  async unpack(view: EngineView, path: string, upload: ArchiveUpload): Promise<void> {
    return unpackInto(await rootOf(view), path, upload);
  }

  async layer({ paths }: EngineView, limits: ArchiveLimits): Promise<Readable> {
    await mountRoot(paths);
    return packRoot(paths.rootfs, limits);
  }

  get #host(): EngineHost {
    return this.#open.host;
  }

  get #open(): Opened {
    if (!this.#opened) throw new Error('The crun engine is not open.');
    return this.#opened;
  }
}

/** What the workload sees as `/`: with all that is mounted there while it runs. */
async function rootOf({ paths, state }: EngineView): Promise<string> {
  if (state.pid !== null) return `/proc/${state.pid}/root`;
  await mountRoot(paths);
  return paths.rootfs;
}
