import type { CpuSet, WorkloadResources, WorkloadSpec } from '../driver.ts';
import { directoriesOf } from '../mounts.ts';
import {
  capabilitiesFor,
  DEVICE_RULES,
  EVERY_DEVICE,
  MASKED_PATHS,
  READONLY_PATHS,
  type HostRights,
} from './security.ts';
import { seccompProfile } from './seccomp.ts';
import type { ResolvedUser } from '../user.ts';

/** What of the machine, beside the spec, goes into a bundle. */
export interface BundlePlace {
  readonly rootfs: string;
  readonly cgroupPath: string;
  /** The spec's files on the host, in the spec's order. */
  readonly files: readonly string[];
  readonly user: ResolvedUser;
  readonly rights: HostRights;
  /** The seccomp profile compiled, in base64; undefined = crun compiles it. */
  readonly filter: string | undefined;
}

export interface OciMount {
  readonly destination: string;
  readonly type: string;
  readonly source: string;
  readonly options?: readonly string[];
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const CPU_PERIOD = 100_000;
const MIB = 1024 * 1024;
const OPEN_FILES = 1_048_576;

/** The workload as an OCI runtime configuration. Pure: same spec and place, same file. */
export function ociConfig(spec: WorkloadSpec, place: BundlePlace) {
  return {
    ociVersion: '1.0.2',
    hostname: spec.hostname,
    root: { path: place.rootfs },
    process: processConfig(spec, place),
    mounts: [...systemMounts(spec.privileged), ...binds(spec), ...fileMounts(spec, place.files)],
    linux: {
      cgroupsPath: place.cgroupPath,
      namespaces: [
        { type: 'pid' },
        { type: 'ipc' },
        { type: 'uts' },
        { type: 'mount' },
        { type: 'cgroup' },
        { type: 'network', path: spec.netns },
      ],
      resources: {
        ...resourceLimits(spec.resources),
        devices: spec.privileged ? EVERY_DEVICE : DEVICE_RULES,
      },
      // The network namespace is the workload's own, so its low ports are too.
      sysctl: { 'net.ipv4.ip_unprivileged_port_start': '0' },
      ...(spec.privileged
        ? {}
        : { maskedPaths: MASKED_PATHS, readonlyPaths: READONLY_PATHS, seccomp: seccompProfile() }),
    },
    ...(spec.privileged || place.filter === undefined
      ? {}
      : { annotations: { 'run.oci.seccomp_bpf_data': place.filter } }),
  };
}

function processConfig(spec: WorkloadSpec, { user, rights }: BundlePlace) {
  const capabilities = capabilitiesFor(spec.privileged, rights);
  const openFiles = Math.min(OPEN_FILES, rights.openFiles);
  return {
    terminal: spec.tty,
    user: { uid: user.uid, gid: user.gid, additionalGids: user.additionalGids },
    args: spec.args,
    env: environment(spec, user.home),
    cwd: spec.workdir || '/',
    capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities },
    rlimits: [{ type: 'RLIMIT_NOFILE', soft: openFiles, hard: openFiles }],
    noNewPrivileges: !spec.privileged,
  };
}

function environment(spec: WorkloadSpec, home: string): readonly string[] {
  const defaults = { PATH, HOSTNAME: spec.hostname, HOME: home, ...(spec.tty ? { TERM: 'xterm' } : {}) };
  return Object.entries({ ...defaults, ...spec.env }).map(([name, value]) => `${name}=${value}`);
}

function systemMounts(privileged: boolean): readonly OciMount[] {
  const quiet = ['nosuid', 'noexec', 'nodev'];
  const access = privileged ? 'rw' : 'ro';
  return [
    mount('/proc', 'proc', quiet),
    mount('/dev', 'tmpfs', ['nosuid', 'strictatime', 'mode=755', 'size=65536k']),
    mount('/dev/pts', 'devpts', ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5']),
    mount('/dev/shm', 'tmpfs', [...quiet, 'mode=1777', 'size=65536k']),
    mount('/dev/mqueue', 'mqueue', quiet),
    mount('/sys', 'sysfs', [...quiet, access]),
    mount('/sys/fs/cgroup', 'cgroup', [...quiet, 'relatime', access]),
  ];
}

const mount = (destination: string, type: string, options: readonly string[]): OciMount => ({
  destination,
  type,
  source: type,
  options,
});

/** Outer ones first, so that none hides another; what follows a link of the image stays in the root, crun sees to that. */
const binds = (spec: WorkloadSpec): readonly OciMount[] =>
  directoriesOf(spec)
    .toSorted((a, b) => depth(a.destination) - depth(b.destination))
    .map(({ source, destination, readOnly }) => ({
      destination,
      type: 'bind',
      source,
      options: ['bind', 'rprivate', 'nosuid', 'nodev', readOnly ? 'ro' : 'rw'],
    }));

const depth = (path: string): number => path.split('/').length;

const fileMounts = (spec: WorkloadSpec, files: readonly string[]): readonly OciMount[] =>
  spec.files.map((file, index) => ({
    destination: file.path,
    type: 'bind',
    source: files[index] ?? '',
    options: ['bind', 'rprivate'],
  }));

/** As in an OCI configuration's `linux.resources`. */
export function resourceLimits({ cpu, memory, pids, cpuset }: WorkloadResources) {
  const bytes = memory === null ? null : Math.floor(memory * MIB);
  return {
    pids: { limit: pids },
    // Memory and swap together may not exceed the memory alone: no swap.
    ...(bytes === null ? {} : { memory: { limit: bytes, swap: bytes } }),
    ...cpuLimits(cpu, cpuset ?? null),
  };
}

function cpuLimits(cpu: number | null, cpuset: CpuSet | null) {
  if (cpu === null && cpuset === null) return {};
  return {
    cpu: {
      ...(cpu === null ? {} : { quota: Math.round(cpu * CPU_PERIOD), period: CPU_PERIOD }),
      ...(cpuset === null ? {} : { cpus: cpuset.cpus.join(',') }),
      ...(cpuset === null || cpuset.mems.length === 0 ? {} : { mems: cpuset.mems.join(',') }),
    },
  };
}
