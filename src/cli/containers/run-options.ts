import { readFile, stat } from 'node:fs/promises';
import { environment } from '#kernel/environment.ts';
import { badRequest } from '#kernel/errors.ts';
import type { CreateContainerBody } from '../../sdk/containers.ts';
import { UsageError, type Options } from '../arguments.ts';

const text = (help: string, short?: string) =>
  ({ type: 'string', help, ...(short === undefined ? {} : { short }) }) as const;
const texts = (help: string, short?: string) =>
  ({ type: 'string', multiple: true, default: [] as string[], help, ...(short && { short }) }) as const;

/** What says how a container is to be; Docker's names where Docker has one. */
export const CONTAINER_OPTIONS = {
  name: text('NAME  of the container'),
  net: texts('NETWORK  to plug it into, by name or id; may be said more than once'),
  network: texts('NETWORK  the same as --net'),
  ip: text('ADDRESS  on the first network'),
  'security-group': texts('GROUP  of its ports'),
  publish: texts('PORT  let everybody in at PORT or PORT/udp of the container', 'p'),
  expose: texts('PORT  the same as -p'),
  volume: texts('VOLUME:PATH[:ro]  a volume by name or id, or a file of this machine by its path', 'v'),
  secret: texts('SECRET:PATH  a secret of the secret service as a file in memory'),
  env: texts('NAME[=VALUE]  without a value, this environment has it', 'e'),
  'env-file': texts('FILE  of NAME=VALUE lines'),
  label: texts('NAME=VALUE  a label', 'l'),
  cpu: text('N  processors, or parts of one'),
  cpus: text('N  the same as --cpu'),
  memory: text('SIZE  such as 512m or 2g; a plain number counts MiB', 'm'),
  workdir: text('PATH  where it starts', 'w'),
  hostname: text('NAME  of the machine it believes to be', 'h'),
  entrypoint: text("PROGRAM  in place of the image's"),
  restart: text('POLICY  no, always, on-failure[:N], unless-stopped'),
  runtime: text('NAME  what it runs in'),
  'image-driver': text('DRIVER  glance, or docker for an image of a registry'),
  registry: text('REGISTRY  where the image is'),
  host: text('NODE  where it shall run'),
  'availability-zone': text('ZONE  where it shall run'),
  privileged: { type: 'boolean', help: 'with all rights on its node' },
  'log-driver': text('DRIVER  file, or none'),
  'log-opt': texts('NAME=VALUE  max-size, such as 10m, or max-file'),
  'health-cmd': text('COMMAND  that tells whether it is well'),
  'health-interval': text('TIME  between two looks, such as 30s'),
  'health-timeout': text('TIME  after which a look has failed'),
  'health-retries': text('N  failures in a row until it is unwell'),
} satisfies Options;

type Given = {
  readonly [name in keyof typeof CONTAINER_OPTIONS]?: string | string[] | boolean | undefined;
};

const one = (value: Given[keyof Given]): string | undefined =>
  typeof value === 'string' ? value : undefined;
const many = (value: Given[keyof Given]): readonly string[] => (Array.isArray(value) ? value : []);

/** @throws UsageError for words that mean nothing; CloudError for files that cannot be sent. */
export async function createBody(
  given: Given,
  image: string,
  command: readonly string[],
): Promise<CreateContainerBody> {
  const networks = [...many(given.net), ...many(given.network)];
  const ports = [...many(given.publish), ...many(given.expose)].map(portOf);
  const mounts = await Promise.all(many(given.volume).map(mountOf));
  const body = {
    image,
    name: one(given.name),
    command: command.length === 0 ? undefined : [...command],
    nets:
      networks.length === 0
        ? undefined
        : networks.map((network, index) => netOf(network, index, one(given.ip))),
    security_groups: filled(many(given['security-group'])),
    exposed_ports: ports.length === 0 ? undefined : Object.fromEntries(ports.map((port) => [port, {}])),
    mounts: filled(mounts),
    secrets: filled(many(given.secret).map(secretOf)),
    environment: filledRecord(await environmentOf(given)),
    labels: filledRecord(Object.fromEntries(many(given.label).map((label) => pairOf(label, '')))),
    cpu: one(given.cpu) ?? one(given.cpus),
    memory: given.memory === undefined ? undefined : mebibytesIn(one(given.memory) ?? ''),
    workdir: one(given.workdir),
    hostname: one(given.hostname),
    entrypoint: given.entrypoint === undefined ? undefined : [one(given.entrypoint) ?? ''],
    restart_policy: given.restart === undefined ? undefined : restartPolicyOf(one(given.restart) ?? ''),
    runtime: one(given.runtime),
    image_driver: one(given['image-driver']) as 'glance' | 'docker' | undefined,
    registry: one(given.registry),
    host: one(given.host),
    availability_zone: one(given['availability-zone']),
    privileged: given.privileged === true ? true : undefined,
    healthcheck: healthcheckOf(given),
    log: logOf(one(given['log-driver']), many(given['log-opt'])),
  };
  return Object.fromEntries(
    Object.entries(body).filter(([, value]) => value !== undefined),
  ) as CreateContainerBody;
}

const filled = <T>(items: readonly T[]): T[] | undefined => (items.length === 0 ? undefined : [...items]);
const filledRecord = (record: Record<string, string>) =>
  Object.keys(record).length === 0 ? undefined : record;

const netOf = (network: string, index: number, address: string | undefined) => ({
  network,
  ...(address === undefined || index > 0
    ? {}
    : { [address.includes(':') ? 'v6-fixed-ip' : 'v4-fixed-ip']: address }),
});

/** A container has addresses of its own, so nothing is translated. */
export function portOf(given: string): string {
  const [ports = '', protocol = 'tcp'] = given.split('/');
  const [outside, inside = outside] = ports.split(':').slice(-2);
  if (!/^\d{1,5}$/.test(inside ?? '') || !/^(tcp|udp)$/.test(protocol))
    throw new UsageError(`'${given}' is no port: say 80, or 53/udp.`);
  if (outside !== inside)
    throw new UsageError(
      `'${given}': a container is reached at its own address, or a floating IP, by its own port: say ${inside}.`,
    );
  return `${inside}/${protocol}`;
}

/** Of all files of a container together. */
const MAX_FILE_BYTES = 256 * 1024;

async function mountOf(given: string) {
  const [source = '', destination = '', mode] = given.split(':');
  if (source === '' || !destination.startsWith('/') || !['ro', 'rw', undefined].includes(mode))
    throw new UsageError(`'${given}' is no mount: say VOLUME:/PATH, VOLUME:/PATH:ro, or ./FILE:/PATH.`);
  if (/^[./~]/.test(source)) return { type: 'bind', source: await fileOf(source), destination } as const;
  return { type: 'volume', source, destination, ...(mode === 'ro' && { read_only: true }) } as const;
}

/** The content in base64. @throws CloudError for what is no small file. */
export async function fileOf(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw badRequest(`There is no file ${path}.`);
  if (!found.isFile())
    throw badRequest(
      `${path} is no file. The cloud sees no directories of this machine: use a volume, or 'hydria cp'.`,
    );
  if (found.size > MAX_FILE_BYTES)
    throw badRequest(
      `${path} has ${found.size} bytes: files of at most ${MAX_FILE_BYTES} can be given to a container.`,
    );
  return (await readFile(path)).toString('base64');
}

function secretOf(given: string) {
  const cut = given.lastIndexOf(':/');
  if (cut < 1) throw new UsageError(`'${given}' is no secret and its path: say SECRET:/PATH.`);
  return { source: given.slice(0, cut), destination: given.slice(cut + 1) };
}

async function environmentOf(given: Given): Promise<Record<string, string>> {
  const files = await Promise.all(many(given['env-file']).map((path) => readFile(path, 'utf8')));
  const lines = files.flatMap((file) => file.split('\n')).filter((line) => /^\s*[^#\s]/.test(line));
  const pairs = [...lines, ...many(given.env)].map((line) => pairOf(line, undefined));
  return Object.fromEntries(pairs.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

function pairOf<T>(line: string, otherwise: T): [string, string | T] {
  const cut = line.indexOf('=');
  if (cut > 0) return [line.slice(0, cut), line.slice(cut + 1)];
  return [line, environment(line) ?? otherwise];
}

const UNITS: Readonly<Record<string, number>> = { b: 2 ** -20, k: 2 ** -10, m: 1, g: 1024 };

/** `512m`, `2g`, or MiB. */
export function mebibytesIn(given: string): number {
  const [, count, unit = 'm'] = /^(\d+(?:\.\d+)?)([bkmg])?(?:i?b)?$/i.exec(given) ?? [];
  if (count === undefined) throw new UsageError(`'${given}' is no size of memory: say 512m or 2g.`);
  return Math.ceil(Number(count) * (UNITS[unit.toLowerCase()] ?? 1));
}

export function restartPolicyOf(given: string) {
  const [, name, count] = /^(no|always|on-failure|unless-stopped)(?::(\d+))?$/.exec(given) ?? [];
  if (name === undefined)
    throw new UsageError(`'${given}' is no restart policy: no, always, on-failure[:N], unless-stopped.`);
  return { Name: name as 'no', ...(count !== undefined && { MaximumRetryCount: count }) };
}

const LOG_DRIVERS: Readonly<Record<string, 'file' | 'none'>> = {
  file: 'file',
  'json-file': 'file',
  local: 'file',
  none: 'none',
};
const LOG_OPTIONS: Readonly<Record<string, 'max_size' | 'max_files'>> = {
  'max-size': 'max_size',
  'max-file': 'max_files',
};

/** In Docker's words. @throws UsageError for what it does not know */
export function logOf(driver: string | undefined, options: readonly string[]) {
  if (driver === undefined && options.length === 0) return undefined;
  const known = driver === undefined ? undefined : LOG_DRIVERS[driver];
  if (driver !== undefined && known === undefined)
    throw new UsageError(`'${driver}' is no log driver: file, none.`);
  const measures = options.map((option) => {
    const [name = '', value = ''] = option.split('=');
    const field = LOG_OPTIONS[name];
    if (field === undefined || value === '')
      throw new UsageError(`'${option}' is no option of a log: say max-size=10m or max-file=3.`);
    return [field, value];
  });
  return { ...(known && { driver: known }), ...Object.fromEntries(measures) } as CreateContainerBody['log'];
}

function healthcheckOf(given: Given): Record<string, unknown> | undefined {
  const cmd = one(given['health-cmd']);
  if (cmd === undefined) return undefined;
  const fields = {
    cmd,
    interval: secondsIn(one(given['health-interval'])),
    timeout: secondsIn(one(given['health-timeout'])),
    retries: one(given['health-retries']),
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function secondsIn(given: string | undefined): string | undefined {
  if (given === undefined) return undefined;
  const [, count, unit = 's'] = /^(\d+)(s|m|h)?$/.exec(given) ?? [];
  if (count === undefined) throw new UsageError(`'${given}' is no time: say 30s or 2m.`);
  return String(Number(count) * ({ s: 1, m: 60, h: 3600 }[unit] ?? 1));
}
