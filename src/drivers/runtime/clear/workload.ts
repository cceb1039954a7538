import type { WorkloadSpec } from '../driver.ts';
import { capabilityMask, MASKED_PATHS, READONLY_PATHS } from '../crun/security.ts';
import type { ResolvedUser } from '../user.ts';
import type { Records } from './agent/records.ts';

/** The bundle: what a workload was made of. */
export interface ClearBundle {
  readonly spec: WorkloadSpec;
  readonly user: ResolvedUser;
  /** Its root's image. */
  readonly image: string;
  /** Whether the image has a place for the number of the machine, machine-id(5). */
  readonly hasMachineId: boolean;
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const OPEN_FILES = 1_048_576;
const MIB = 2 ** 20;

/** What the agent is told: who the machine is and what it runs. Without what differs at each start: seed, clock, network. */
export function workloadRecords(
  bundle: ClearBundle,
  filter: Uint8Array | null,
  { terminal, input, idle }: { readonly terminal: boolean; readonly input: boolean; readonly idle: boolean },
): Records {
  const { spec } = bundle;
  const { memory, pids } = spec.resources;
  return [
    ['hostname', spec.hostname],
    ...(bundle.hasMachineId ? [machineId(spec)] : []),
    ['processes', pids],
    ...(memory === null ? [] : [['memory', Math.floor(memory * MIB)] as const]),
    ...(idle ? [['idle', 1] as const] : []),
    ...(terminal ? [['terminal', 1] as const] : []),
    ...(input || terminal ? [['input', 1] as const] : []),
    ...(spec.privileged ? [['privileged', 1] as const] : []),
    ...MASKED_PATHS.map((path) => ['masked', path] as const),
    ...READONLY_PATHS.map((path) => ['read-only', path] as const),
    ...spec.files.map(({ path, content, mode, owner }) => {
      const head = `${mode.toString(8)};${owner?.uid ?? 0};${owner?.gid ?? 0};${path}\0`;
      return ['file', Buffer.concat([Buffer.from(head), Buffer.from(content, 'base64')])] as const;
    }),
    ...processRecords(bundle, filter, spec.args, spec.tty),
  ];
}

const machineId = ({ id }: WorkloadSpec) =>
  ['file', `444;0;0;/etc/machine-id\0${id.replaceAll('-', '')}\n`] as const;

/** A process with the workload's user, environment, folder and rights. */
export function processRecords(
  { spec, user }: ClearBundle,
  filter: Uint8Array | null,
  args: readonly string[],
  tty = false,
): Records {
  const defaults = { PATH, HOSTNAME: spec.hostname, HOME: user.home, ...(tty ? { TERM: 'xterm' } : {}) };
  return [
    ...args.map((arg) => ['arg', arg] as const),
    ...Object.entries({ ...defaults, ...spec.env }).map(
      ([name, value]) => ['env', `${name}=${value}`] as const,
    ),
    ['folder', spec.workdir || '/'],
    ['uid', user.uid],
    ['gid', user.gid],
    ...user.additionalGids.map((gid) => ['group', gid] as const),
    ['capabilities', String(capabilityMask(spec.privileged))],
    ['open-files', OPEN_FILES],
    ...(spec.privileged ? [] : [['no-new-privileges', 1] as const]),
    ...(filter === null ? [] : [['seccomp', filter] as const]),
  ];
}
