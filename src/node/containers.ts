import type { MountedDevice, WorkloadFile, WorkloadMount, WorkloadSpec } from '#drivers/runtime/driver.ts';
import { ALL_SHARED, withCpus, type NodeCpus } from './cpus.ts';
import { badRequest } from '#kernel/errors.ts';
import type { ImageConfig } from '#oci/image-config.ts';
import type { ContainerMount, ContainerSpec } from './protocol.ts';

/** An image that lies unpacked on this machine. */
export interface LocalImage {
  readonly config: ImageConfig;
  /** Lowest first. */
  readonly layers: readonly string[];
}

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const LOG_BYTES = 10 * 1024 * 1024;

type OwnMount = Exclude<ContainerMount, { kind: 'file' }>;

/** What of this machine goes into a workload. */
export interface WorkloadPlace {
  readonly netns: string;
  /** Where something lies that is bound into it, or the disk that it is. */
  readonly sourceOf: (mount: OwnMount) => string | MountedDevice;
  /** Secrets as files of the workload's own, in place of what is bound; absent = they are bound. */
  readonly secretFiles?: readonly WorkloadFile[];
  /** Variables of its environment that nobody else may see; absent = none. */
  readonly secretEnv?: Readonly<Record<string, string>>;
  /** Default: all are shared by all. */
  readonly cpus?: NodeCpus;
}

/** What the runtime is given for a container, by Docker's rules. */
export const workloadSpec = (
  spec: ContainerSpec,
  image: LocalImage,
  { netns, sourceOf, secretEnv = {}, secretFiles, cpus = ALL_SHARED }: WorkloadPlace,
): WorkloadSpec => ({
  id: spec.id,
  layers: image.layers,
  args: processArgs(spec, image.config),
  env: { ...processEnv(spec, image.config), ...secretEnv },
  ...((Object.keys(secretEnv).length > 0 || secretFiles?.length) && { confidential: true }),
  workdir: spec.workdir || image.config.workdir || '/',
  user: image.config.user,
  hostname: spec.hostname,
  tty: spec.tty,
  stdin: spec.stdin,
  ...(spec.stdinOnce && { stdinOnce: true }),
  privileged: spec.privileged,
  netns,
  files: [...filesOf(spec), ...(secretFiles ?? [])],
  mounts: (spec.mounts ?? []).flatMap((mount) =>
    mount.kind === 'file' || (mount.kind === 'secret' && secretFiles) ? [] : mounted(mount, sourceOf(mount)),
  ),
  resources: withCpus(spec.resources, cpus),
  stopSignal: image.config.stopSignal || 'SIGTERM',
  log: { maxBytes: LOG_BYTES, ...spec.log },
});

/**
 * Entrypoint, then command. An entrypoint of the user's own drops the image's command, which was meant for the other one.
 * @throws CloudError `bad-request` when neither the user nor the image says what to run.
 */
export function processArgs(
  { entrypoint, command }: Pick<ContainerSpec, 'entrypoint' | 'command'>,
  image: Pick<ImageConfig, 'entrypoint' | 'cmd'>,
): string[] {
  const first = entrypoint ?? image.entrypoint;
  const rest = command ?? (entrypoint === null ? image.cmd : []);
  const args = [...first, ...rest];
  if (args.length === 0) throw badRequest('No command was given, and the image has none.');
  return args;
}

function processEnv(spec: ContainerSpec, image: ImageConfig): Record<string, string> {
  const term = spec.tty ? { TERM: 'xterm' } : {};
  return { PATH: DEFAULT_PATH, HOSTNAME: spec.hostname, ...term, ...image.env, ...spec.environment };
}

function mounted(mount: OwnMount, source: string | MountedDevice): WorkloadMount {
  const { destination } = mount;
  const readOnly = mount.kind === 'secret' || mount.readOnly;
  return typeof source === 'string'
    ? { source, destination, readOnly }
    : { device: source, destination, readOnly };
}

/** A file of the user's own takes the place of ours. */
function filesOf(spec: ContainerSpec): WorkloadFile[] {
  const own = (spec.mounts ?? []).flatMap((mount) => (mount.kind === 'file' ? userFile(mount) : []));
  const taken = new Set((spec.mounts ?? []).map(({ destination }) => destination));
  return [...etcFiles(spec).filter(({ path }) => !taken.has(path)), ...own];
}

const userFile = (mount: Extract<ContainerMount, { kind: 'file' }>): WorkloadFile => ({
  path: mount.destination,
  content: mount.content,
  mode: mount.mode,
  owner: { uid: mount.uid, gid: mount.gid },
});

const etcFiles = (spec: ContainerSpec): WorkloadFile[] => [
  file('/etc/hostname', `${spec.hostname}\n`),
  file('/etc/hosts', hostsText(spec)),
  file('/etc/resolv.conf', resolverText(spec)),
];

const file = (path: string, text: string): WorkloadFile => ({
  path,
  content: Buffer.from(text).toString('base64'),
  mode: 0o644,
});

const LOCALHOST = ['127.0.0.1\tlocalhost', '::1\tlocalhost ip6-localhost ip6-loopback'];

function hostsText({ hosts }: ContainerSpec): string {
  const own = hosts.map(({ address, name }) => `${address}\t${name}`);
  return `${[...LOCALHOST, ...own].join('\n')}\n`;
}

function resolverText({ resolver }: ContainerSpec): string {
  const search = resolver.domain === '' ? [] : [`search ${resolver.domain.replace(/\.$/, '')}`];
  const servers = resolver.servers.map((address) => `nameserver ${address}`);
  return [...search, ...servers].map((line) => `${line}\n`).join('');
}
