import type { Microversion } from '#kernel/context.ts';
import { badRequest } from '#kernel/errors.ts';
import { isAtLeast } from '#kernel/microversion.ts';
import type { ContainerSettings, Resources, RestartPolicyName } from './container.ts';
import { readMounts, readSecretEnv, type MountRequest, type SecretEnvRequest } from './mount-request.ts';
import { readExposedPorts } from './exposed-ports.ts';
import { readLog } from './log.ts';
import { readProbes } from './probes.ts';
import { runtimeCalled } from './runtime.ts';
import { hostnameOf, inventName } from './names.ts';
import type { CreateContainerBody, NetBody } from '../schema/container.ts';
import { flagOf } from '../schema/common.ts';
import { shellWords } from '#kernel/shell-words.ts';
import type { Quota } from './quota.ts';

/** What is asked for, with defaults filled in; networks and groups as the user named them. */
export interface ContainerRequest {
  readonly name: string;
  readonly image: string;
  readonly resources: Resources;
  /** What counts against the quota: what was left out counts nothing, as in Zun. */
  readonly counted: Quota;
  readonly autoRemove: boolean;
  readonly autoHeal: boolean;
  readonly privileged: boolean;
  readonly settings: Omit<
    ContainerSettings,
    'securityGroups' | 'portRequests' | 'registryId' | 'privileged' | 'revision' | 'mounts' | 'secretEnv'
  >;
  /** Name or id. */
  readonly registry: string | null;
  readonly securityGroups: readonly string[];
  readonly nets: readonly NetBody[];
  readonly mounts: readonly MountRequest[];
  readonly secretEnv: readonly SecretEnvRequest[];
}

/** Who asks for no disk may write as much as there is, as in Zun. */
const DEFAULTS: Resources = { cpu: 1, memory: 512, disk: 0 };
const LIMITS = { cpu: [0.1, 16], memory: [4, 8192], disk: [1, 160] } as const;

/** Fields that came after the base version. */
const SINCE: Partial<Record<keyof CreateContainerBody, string>> = {
  nets: '1.2',
  auto_remove: '1.3',
  runtime: '1.5',
  hostname: '1.9',
  mounts: '1.11',
  privileged: '1.21',
  healthcheck: '1.22',
  exposed_ports: '1.24',
  cpu_policy: '1.28',
  registry: '1.31',
  tty: '1.36',
  host: '1.39',
  entrypoint: '1.40',
};

/** @throws CloudError `bad-request` for what the version does not have or what cannot be. */
export function readRequest(body: CreateContainerBody, version: Microversion): ContainerRequest {
  refuseNewer(body, version);
  checkCpuPolicy(body);
  if (body.security_groups?.length && Object.keys(body.exposed_ports ?? {}).length > 0)
    throw badRequest('security_groups and exposed_ports exclude each other.');
  const asked = {
    cpu: readAmount('cpu', body.cpu),
    memory: readAmount('memory', body.memory),
    disk: readAmount('disk', body.disk),
  };
  const name = body.name ?? inventName();
  return {
    name,
    image: body.image,
    resources: {
      cpu: asked.cpu ?? DEFAULTS.cpu,
      memory: asked.memory ?? DEFAULTS.memory,
      disk: asked.disk ?? DEFAULTS.disk,
    },
    counted: { containers: 1, cpu: asked.cpu ?? 0, memory: asked.memory ?? 0, disk: asked.disk ?? 0 },
    autoRemove: flagOf(body.auto_remove),
    autoHeal: flagOf(body.auto_heal),
    privileged: flagOf(body.privileged),
    settings: readSettings(body, name, version),
    securityGroups: [...new Set(body.security_groups)],
    nets: body.nets ?? [],
    registry: body.registry ?? null,
    mounts: readMounts(body),
    secretEnv: readSecretEnv(body),
  };
}

function readSettings(body: CreateContainerBody, name: string, version: Microversion) {
  const interactive = flagOf(body.interactive);
  const ttyIsInteractive = isAtLeast(version, '1.20') && !isAtLeast(version, '1.36');
  return {
    imageDriver: body.image_driver === 'None' ? null : (body.image_driver ?? null),
    imagePullPolicy: body.image_pull_policy?.toLowerCase() ?? 'always',
    command: readCommand(body.command, version),
    entrypoint: body.entrypoint ?? null,
    environment: body.environment ?? {},
    labels: body.labels ?? {},
    hints: body.hints ?? {},
    workdir: body.workdir ?? null,
    hostname: body.hostname ?? hostnameOf(name),
    runtime: runtimeCalled(body.runtime),
    ...(body.cpu_policy === 'dedicated' && { dedicatedCpus: true }),
    restartPolicy: readRestartPolicy(body.restart_policy),
    interactive,
    ...(readStdinOnce(body) && { stdinOnce: true }),
    tty: ttyIsInteractive ? interactive : flagOf(body.tty),
    availabilityZone: body.availability_zone ?? null,
    requestedHost: body.host ?? null,
    exposedPorts: readExposedPorts(body.exposed_ports),
    ...readProbes(body),
    ...readLog(body.log),
  };
}

/** A terminal has its own way to say that nothing more comes. */
function readStdinOnce({ stdin_once, interactive, tty }: CreateContainerBody): boolean {
  if (flagOf(stdin_once) && (!flagOf(interactive) || flagOf(tty)))
    throw badRequest('stdin_once needs interactive, and no tty.');
  return flagOf(stdin_once);
}

function refuseNewer(body: CreateContainerBody, version: Microversion): void {
  for (const [field, since] of Object.entries(SINCE)) {
    if (Object.hasOwn(body, field) && !isAtLeast(version, since))
      throw badRequest(
        `Invalid param ${field} because current request version is too low: it needs ${since}.`,
      );
  }
}

/** Processors of one's own are whole ones. */
function checkCpuPolicy({ cpu, cpu_policy }: CreateContainerBody): void {
  const isWhole = cpu !== null && cpu !== undefined && Number.isInteger(Number(cpu));
  if (cpu_policy === 'dedicated' && !isWhole)
    throw badRequest('With cpu_policy dedicated, cpu must be a whole number of CPUs.');
}

/** @throws CloudError `bad-request` when it is out of bounds. */
export function readAmount(
  name: keyof typeof LIMITS,
  value: string | number | null | undefined,
): number | undefined {
  if (value === null || value === undefined) return undefined;
  const amount = Number(value);
  const [least, most] = LIMITS[name];
  if (amount >= least && amount <= most) return amount;
  throw badRequest(`Invalid input for field ${name}: ${value} is not between ${least} and ${most}.`);
}

/** A shell's text before 1.20, a list of words since. */
function readCommand(command: CreateContainerBody['command'], version: Microversion): string[] | null {
  if (command === null || command === undefined) return null;
  const isText = typeof command === 'string';
  if (isText === isAtLeast(version, '1.20'))
    throw badRequest(`Invalid input for field command: it must be ${isText ? 'a list' : 'text'}.`);
  const words = isText ? shellWords(command) : command;
  return words.length === 0 ? null : words;
}

function readRestartPolicy(policy: CreateContainerBody['restart_policy']): {
  name: RestartPolicyName;
  maximumRetryCount: number;
} {
  const name = policy?.Name ?? 'no';
  const count = Number(policy?.MaximumRetryCount ?? 0);
  if (count !== 0 && (name === 'always' || name === 'unless-stopped'))
    throw badRequest(`Invalid input for field restart_policy: ${name} takes no MaximumRetryCount.`);
  return { name, maximumRetryCount: name === 'no' ? 0 : count };
}
