import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { badRequest } from '#kernel/errors.ts';
import { capabilityBits } from '../../crun/security.ts';
import type { Records } from '../agent/records.ts';

/** A workload, or a command beside it. OCI runtime-spec, config.md. */
export interface OciProcess {
  readonly terminal?: boolean;
  readonly args: readonly string[];
  readonly env?: readonly string[];
  readonly cwd: string;
  readonly user: {
    readonly uid: number;
    readonly gid: number;
    readonly additionalGids?: readonly number[];
  };
  readonly capabilities?: { readonly bounding?: readonly string[] };
  readonly noNewPrivileges?: boolean;
}

/** What of an OCI bundle's configuration a machine can do something with. OCI runtime-spec, config.md and config-linux.md. */
export interface OciConfig {
  readonly hostname?: string;
  readonly root: { readonly path: string };
  readonly process: OciProcess;
  readonly mounts?: readonly {
    readonly destination: string;
    readonly type?: string;
    readonly source?: string;
  }[];
  readonly hooks?: {
    readonly prestart?: readonly OciHook[];
    readonly createRuntime?: readonly OciHook[];
    readonly poststop?: readonly OciHook[];
  };
  readonly linux?: {
    readonly cgroupsPath?: string;
    readonly namespaces?: readonly { readonly type: string; readonly path?: string }[];
    readonly maskedPaths?: readonly string[];
    readonly readonlyPaths?: readonly string[];
    readonly seccomp?: unknown;
    readonly resources?: {
      readonly memory?: { readonly limit?: number };
      readonly cpu?: { readonly quota?: number; readonly period?: number };
      readonly pids?: { readonly limit?: number };
    };
  };
}

export interface OciHook {
  readonly path: string;
  readonly args?: readonly string[];
  readonly env?: readonly string[];
}

export const readOciConfig = async (bundle: string): Promise<OciConfig> =>
  JSON.parse(await readFile(join(bundle, 'config.json'), 'utf8')) as OciConfig;

export const readOciProcess = async (file: string): Promise<OciProcess> =>
  JSON.parse(await readFile(file, 'utf8')) as OciProcess;

const PIDS = 4096;

/** What the agent is told to be and to run; without seed and network. */
export async function ociRecords(config: OciConfig, filter: Uint8Array | null): Promise<Records> {
  const { process: program, linux = {} } = config;
  const memory = linux.resources?.memory?.limit ?? 0;
  const pids = linux.resources?.pids?.limit ?? 0;
  return [
    ['hostname', config.hostname ?? 'machine'],
    ['processes', pids > 0 ? pids : PIDS],
    ...(memory > 0 ? [['memory', memory] as const] : []),
    ...(linux.maskedPaths?.length ? [] : [['privileged', 1] as const]),
    ...(linux.maskedPaths ?? []).map((path) => ['masked', path] as const),
    ...(linux.readonlyPaths ?? []).map((path) => ['read-only', path] as const),
    ...(await fileRecords(config)),
    ...ociProcessRecords(program, filter),
  ];
}

/** The same for a command in a machine that runs. */
export function ociProcessRecords(program: OciProcess, filter: Uint8Array | null): Records {
  return [
    ...(program.terminal ? [['terminal', 1] as const] : []),
    ['input', 1],
    ...program.args.map((arg) => ['arg', arg] as const),
    ...(program.env ?? []).map((variable) => ['env', variable] as const),
    ['folder', program.cwd],
    ['uid', program.user.uid],
    ['gid', program.user.gid],
    ...(program.user.additionalGids ?? []).map((gid) => ['group', gid] as const),
    ['capabilities', String(capabilityBits(program.capabilities?.bounding ?? []))],
    ...(program.noNewPrivileges ? [['no-new-privileges', 1] as const] : []),
    ...(filter === null ? [] : [['seccomp', filter] as const]),
  ];
}

/** Files that are bound into it go along as they are now; a directory of the host cannot. */
async function fileRecords({ mounts = [] }: OciConfig): Promise<Records> {
  const binds = mounts.filter(({ type, source }) => type === 'bind' && source?.startsWith('/'));
  return Promise.all(
    binds.map(async ({ destination, source = '' }) => {
      const found = await stat(source);
      if (!found.isFile()) throw badRequest(`A machine cannot have the host's ${source} at ${destination}.`);
      const head = `${(found.mode & 0o7777).toString(8)};${found.uid};${found.gid};${destination}\0`;
      return ['file', Buffer.concat([Buffer.from(head), await readFile(source)])] as const;
    }),
  );
}

/** Where an overlay's parts lie. */
export interface OverlayParts {
  /** Lowest first, without what Docker puts between image and container. */
  readonly layers: readonly string[];
  /** Of the container, beside its upper directory: goes with the container. */
  readonly folder: string;
}

/** A plain directory is a stack of one. */
export async function overlayParts(root: string, bundle: string): Promise<OverlayParts> {
  const path = await realpath(root);
  const line = (await readFile('/proc/self/mountinfo', 'utf8'))
    .split('\n')
    .find((one) => one.split(' ')[4] === path);
  const options = line?.includes(' - overlay ') ? (line.split(' ').at(-1)?.split(',') ?? []) : [];
  const option = (name: string) => options.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);
  const [lower, upper] = [option('lowerdir'), option('upperdir')];
  if (lower === undefined || upper === undefined) return { layers: [path], folder: bundle };
  const base = dirname(dirname(upper));
  const layers = await Promise.all(
    lower.split(':').map((layer) => realpath(layer.startsWith('/') ? layer : join(base, layer))),
  );
  return {
    layers: layers.filter((layer) => !layer.endsWith('-init/diff')).toReversed(),
    folder: dirname(upper),
  };
}
