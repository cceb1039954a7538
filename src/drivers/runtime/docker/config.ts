import { createHash } from 'node:crypto';
import { cpus, totalmem } from 'node:os';
import type { ContainerCreateOptions, HostConfig } from 'dockerode';
import type { WorkloadLog, WorkloadResources, WorkloadSpec } from '../driver.ts';
import { directoriesOf } from '../mounts.ts';
import { signalNumber } from '../signals.ts';
import { ID_LABEL, MADE_LABEL, namesOf, ROLE_LABEL } from './handle.ts';

const CPU_PERIOD = 100_000;
const MIB = 1024 * 1024;
/** Docker rotates whole files: two of them keep at least half of what may be kept. */
const LOG_FILES = 2;

export interface WorkloadPlace {
  readonly image: string;
  /** The spec's files on the host, in the spec's order. */
  readonly files: readonly string[];
}

/** The workload as Docker makes it. Pure: same spec and place, same container. */
export function workloadConfig(spec: WorkloadSpec, { image, files }: WorkloadPlace): ContainerCreateOptions {
  const names = namesOf(spec.id);
  return {
    name: names.workload,
    Image: image,
    Entrypoint: [...spec.args],
    Cmd: [],
    Env: Object.entries(spec.env).map(([name, value]) => `${name}=${value}`),
    WorkingDir: spec.workdir || '/',
    User: spec.user,
    Tty: spec.tty,
    OpenStdin: spec.stdin,
    StdinOnce: spec.stdinOnce ?? false,
    StopSignal: String(signalNumber(spec.stopSignal)),
    Labels: { [ID_LABEL]: spec.id, [ROLE_LABEL]: 'workload', [MADE_LABEL]: madeOf(spec) },
    HostConfig: {
      NetworkMode: `container:${names.sandbox}`,
      IpcMode: 'private',
      RestartPolicy: { Name: 'no' },
      Privileged: spec.privileged,
      SecurityOpt: spec.privileged ? [] : ['no-new-privileges'],
      // The network namespace is the workload's own, so its low ports are too.
      Sysctls: { 'net.ipv4.ip_unprivileged_port_start': '0' },
      LogConfig: logConfig(spec.log),
      Mounts: [...binds(spec), ...fileBinds(spec, files)],
      ...limits(spec.resources),
    },
  };
}

function logConfig({ maxBytes, maxFiles, silent }: WorkloadLog): HostConfig['LogConfig'] {
  if (silent) return { Type: 'none', Config: {} };
  const [size, files] =
    maxFiles === undefined ? [Math.ceil(maxBytes / LOG_FILES), LOG_FILES] : [maxBytes, maxFiles];
  return { Type: 'json-file', Config: { 'max-size': String(size), 'max-file': String(files) } };
}

/** What cannot be changed in a container that is there; its limits and the content of its files can. */
export function madeOf(spec: WorkloadSpec): string {
  const files = spec.files.map(({ path }) => path);
  const fixed = { ...spec, resources: undefined, netns: undefined, files };
  return createHash('sha256').update(JSON.stringify(fixed)).digest('hex');
}

const binds = (spec: WorkloadSpec) =>
  directoriesOf(spec).map(({ source, destination, readOnly }) => bind(source, destination, readOnly));

const fileBinds = (spec: WorkloadSpec, files: readonly string[]) =>
  spec.files.map(({ path }, index) => bind(files[index] ?? '', path, false));

/** Unlike a volume of Docker's, the source must be there: it is never made. */
export const bind = (source: string, target: string, readOnly: boolean) => ({
  Type: 'bind' as const,
  Source: source,
  Target: target,
  ReadOnly: readOnly,
  BindOptions: { Propagation: 'rprivate' as const },
});

type Limits = Pick<
  HostConfig,
  'CpuPeriod' | 'CpuQuota' | 'CpusetCpus' | 'CpusetMems' | 'Memory' | 'MemorySwap' | 'PidsLimit'
>;

/** Of a new container: what is not named has no limit. */
function limits({ cpu, memory, pids, cpuset }: WorkloadResources): Limits {
  const bytes = memory === null ? null : Math.floor(memory * MIB);
  return {
    PidsLimit: pids,
    // Memory and swap together may not exceed the memory alone: no swap.
    ...(bytes === null ? {} : { Memory: bytes, MemorySwap: bytes }),
    ...(cpu === null ? {} : { CpuPeriod: CPU_PERIOD, CpuQuota: Math.round(cpu * CPU_PERIOD) }),
    ...(cpuset ? { CpusetCpus: cpuset.cpus.join(',') } : {}),
    ...(cpuset && cpuset.mems.length > 0 ? { CpusetMems: cpuset.mems.join(',') } : {}),
  };
}

/** For a container that is there, where what is not named stays as it was: so no limit is as much as there is. */
export function newLimits(resources: WorkloadResources): Limits {
  return {
    CpuPeriod: CPU_PERIOD,
    CpuQuota: -1,
    CpusetCpus: `0-${cpus().length - 1}`,
    Memory: totalmem(),
    MemorySwap: -1,
    ...limits(resources),
  };
}
