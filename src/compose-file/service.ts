import type { Variables } from './interpolate.ts';
import type { Field } from './field.ts';
import type { Condition, Dependency, Membership, Mount, Rights, Service } from './model.ts';

/** What a service may say, and what of that means nothing here. */
const KNOWN = [
  'image',
  'command',
  'entrypoint',
  'environment',
  'env_file',
  'labels',
  'ports',
  'expose',
  'volumes',
  'secrets',
  'configs',
  'networks',
  'network_mode',
  'depends_on',
  'healthcheck',
  'deploy',
  'restart',
  'hostname',
  'container_name',
  'working_dir',
  'runtime',
  'scale',
  'profiles',
  'tty',
  'stdin_open',
  'privileged',
  'mem_limit',
  'cpus',
  'logging',
];
const MEANINGLESS = [
  'annotations',
  'attach',
  'build',
  'develop',
  'init',
  'links',
  'mem_reservation',
  'platform',
  'pull_policy',
  'stop_grace_period',
  'stop_signal',
];
const CONDITIONS = ['service_started', 'service_healthy', 'service_completed_successfully'] as const;
const MAX_REPLICAS = 100;

export interface ServiceContext {
  readonly variables: Variables;
  /** Of the files in `env_file`, by path. */
  readonly envFile: (field: Field) => ReadonlyMap<string, string>;
  readonly note: (text: string) => void;
}

export function readService(name: string, field: Field, context: ServiceContext): Service {
  const said = field.map([...KNOWN, ...MEANINGLESS]).map(([key]) => key);
  for (const key of said)
    if (MEANINGLESS.includes(key)) context.note(`services.${name}.${key} means nothing here.`);
  const deploy = readDeploy(field.at('deploy'));
  const sharesWith = readNetworkMode(field.at('network_mode'));
  if (sharesWith !== undefined && field.at('networks').isThere)
    throw field.at('networks').wrong('network_mode and networks exclude each other.');
  return {
    name,
    place: field.wrong('').message.replace(/: services.*$/s, ''),
    image: field.at('image').need(),
    command: field.at('command').words(),
    entrypoint: field.at('entrypoint').words(),
    environment: readEnvironment(field, context),
    labels: field.at('labels').pairs(() => ''),
    ports: [
      ...new Set([
        ...field.at('ports').list().flatMap(readPort),
        ...field.at('expose').list().flatMap(readPort),
      ]),
    ],
    mounts: [
      ...field.at('volumes').list().map(readVolume),
      ...readGiven(field, 'secret'),
      ...readGiven(field, 'config'),
    ],
    networks: readNetworks(field.at('networks')),
    sharesWith,
    dependsOn: field.at('depends_on').map().map(readDependency),
    healthcheck: readHealthcheck(field.at('healthcheck')),
    cpu: deploy.cpu ?? field.at('cpus').number(0.01, 1024),
    memory: deploy.memory ?? field.at('mem_limit').mebibytes(),
    restart: readRestart(field.at('restart')) ?? deploy.restart,
    hostname: field.at('hostname').text(),
    containerName: field.at('container_name').text(),
    workdir: field.at('working_dir').text(),
    runtime: field.at('runtime').text(),
    logging: readLogging(field.at('logging')),
    replicas: field.at('scale').whole(0, MAX_REPLICAS) ?? deploy.replicas ?? 1,
    profiles: field.at('profiles').texts(),
    tty: field.at('tty').flag(),
    stdin: field.at('stdin_open').flag(),
    privileged: field.at('privileged').flag(),
  };
}

/** As Zun has it not: Docker's drivers that keep files, and its two measures of them. */
function readLogging(field: Field): Service['logging'] {
  if (!field.isThere) return undefined;
  field.map(['driver', 'options']);
  const options = field.at('options');
  options.map(['max-size', 'max-file']);
  const driver = field.at('driver').one(['file', 'json-file', 'local', 'none']);
  const [size, files] = [options.at('max-size').text(), options.at('max-file').text()];
  return {
    driver: driver === 'none' ? 'none' : 'file',
    ...(size !== undefined && { max_size: size }),
    ...(files !== undefined && { max_files: files }),
  };
}

function readEnvironment(field: Field, { variables, envFile }: ServiceContext): Record<string, string> {
  const files = field.at('env_file').list().map(envFile);
  return {
    ...Object.fromEntries(files.flatMap((file) => [...file])),
    ...field.at('environment').pairs(variables),
  };
}

const PORT = /^(?:.*:)?(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp))?$/;
const MAX_PORTS = 100;

/** The container's side alone: it has an address of its own. */
function readPort(field: Field): string[] {
  const target = field.at('target');
  const text = target.isThere
    ? `${target.need()}/${field.at('protocol').one(['tcp', 'udp']) ?? 'tcp'}`
    : field.need();
  const [, first, last = first, protocol = 'tcp'] = PORT.exec(text) ?? [];
  const count = Number(last) - Number(first) + 1;
  if (first === undefined || Number(last) > 65_535 || count < 1 || count > MAX_PORTS)
    throw field.wrong(`'${text}' is no port, such as 80, 8080:80 or 53/udp.`);
  return Array.from({ length: count }, (_, index) => `${Number(first) + index}/${protocol}`);
}

function readVolume(field: Field): Mount {
  if (typeof field.value !== 'string') return readLongVolume(field);
  const [source, destination, mode] = field.value.split(':');
  if (source === undefined || destination === undefined)
    throw field.wrong('a volume needs a name: say NAME:/PATH, and NAME under the top-level volumes.');
  return mountOf(field, { source, destination, readOnly: mode?.split(',').includes('ro') ?? false });
}

function readLongVolume(field: Field): Mount {
  field.map(['type', 'source', 'target', 'read_only', 'bind', 'volume', 'consistency']);
  const type = field.at('type').one(['volume', 'bind', 'tmpfs', 'npipe', 'cluster', 'image']) ?? 'volume';
  if (type !== 'volume' && type !== 'bind') throw field.at('type').wrong(`there is no ${type} here.`);
  const readOnly = field.at('read_only').flag();
  return mountOf(field, {
    source: field.at('source').need(),
    destination: field.at('target').need(),
    readOnly,
  });
}

function mountOf(
  field: Field,
  { source, destination, readOnly }: { source: string; destination: string; readOnly: boolean },
): Mount {
  if (!destination.startsWith('/')) throw field.wrong(`'${destination}' is no absolute path.`);
  if (!/^[./~]/.test(source)) return { kind: 'volume', volume: source, destination, readOnly };
  return { kind: 'file', path: source, destination, place: field.wrong('').message };
}

/** `secrets` and `configs` of a service, short or long. */
function readGiven(field: Field, kind: 'secret' | 'config'): Mount[] {
  const directory = kind === 'secret' ? '/run/secrets/' : '/';
  return field
    .at(`${kind}s`)
    .list()
    .map((item) => {
      if (typeof item.value === 'string')
        return { kind, source: item.value, destination: directory + item.value };
      item.map(['source', 'target', 'uid', 'gid', 'mode']);
      const source = item.at('source').need();
      const target = item.at('target').text() ?? source;
      return {
        kind,
        source,
        destination: target.startsWith('/') ? target : directory + target,
        ...rightsOf(item),
      };
    });
}

function rightsOf(item: Field): Rights {
  const [uid, gid] = [item.at('uid').whole(0, 2 ** 31 - 1), item.at('gid').whole(0, 2 ** 31 - 1)];
  const given = item.at('mode').value;
  const mode = typeof given === 'number' ? given.toString(8) : item.at('mode').text();
  if (mode !== undefined && !/^0?[0-7]{3}$/.test(mode))
    throw item.at('mode').wrong(`'${mode}' are no rights, such as 0440.`);
  return {
    ...(mode !== undefined && { mode: mode.padStart(4, '0') }),
    ...(uid !== undefined && { uid }),
    ...(gid !== undefined && { gid }),
  };
}

function readNetworkMode(field: Field): string | undefined {
  const mode = field.text();
  if (mode === undefined || mode === 'bridge') return undefined;
  const [, service] = /^service:(.+)$/.exec(mode) ?? [];
  if (service === undefined) throw field.wrong(`'${mode}' is not here; there is bridge, and service:NAME.`);
  return service;
}

function readNetworks(field: Field): Membership[] {
  if (!field.isThere) return [{ network: 'default', addresses: [] }];
  return field.map().map(([network, settings]) => {
    settings.map(['ipv4_address', 'ipv6_address', 'aliases', 'priority']);
    const addresses = ['ipv4_address', 'ipv6_address'].flatMap((key) => settings.at(key).text() ?? []);
    return { network, addresses };
  });
}

function readDependency([service, field]: readonly [string, Field]): Dependency {
  field.map(['condition', 'required', 'restart']);
  const condition: Condition = field.at('condition').one(CONDITIONS) ?? 'service_started';
  return { service, condition, required: !field.at('required').isThere || field.at('required').flag() };
}

function readHealthcheck(field: Field): Record<string, string> | undefined {
  field.map(['test', 'interval', 'timeout', 'retries', 'start_period', 'start_interval', 'disable']);
  const test = field.at('test');
  if (!test.isThere || field.at('disable').flag()) return undefined;
  const [kind, ...words] = Array.isArray(test.value) ? test.texts() : ['CMD-SHELL', test.need()];
  if (kind === 'NONE') return undefined;
  if (kind !== 'CMD' && kind !== 'CMD-SHELL') throw test.wrong('it begins with CMD, CMD-SHELL or NONE.');
  const times = [
    ['interval', field.at('interval').seconds()],
    ['timeout', field.at('timeout').seconds()],
    ['retries', field.at('retries').whole(0, 1000)],
  ] as const;
  const given = times.flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(Math.ceil(value))]],
  );
  return { cmd: kind === 'CMD' ? words.map(quote).join(' ') : words.join(' '), ...Object.fromEntries(given) };
}

const quote = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;

function readRestart(field: Field): Service['restart'] {
  const text = field.text();
  if (text === undefined) return undefined;
  const [, name, count] = /^(no|false|always|on-failure|unless-stopped)(?::(\d+))?$/.exec(text) ?? [];
  if (name === undefined)
    throw field.wrong(`'${text}' is none of no, always, on-failure[:N], unless-stopped.`);
  return { Name: name === 'false' ? 'no' : name, ...(count !== undefined && { MaximumRetryCount: count }) };
}

const CONDITION_NAMES = { none: 'no', 'on-failure': 'on-failure', any: 'always' } as const;

function readDeploy(field: Field) {
  field.map([
    'replicas',
    'resources',
    'restart_policy',
    'labels',
    'mode',
    'update_config',
    'rollback_config',
    'placement',
  ]);
  const limits = field.at('resources').at('limits');
  limits.map(['cpus', 'memory', 'pids', 'devices']);
  const condition = field.at('restart_policy').at('condition').one(['none', 'on-failure', 'any']);
  const count = field.at('restart_policy').at('max_attempts').whole(0, 1000);
  return {
    replicas: field.at('replicas').whole(0, MAX_REPLICAS),
    cpu: limits.at('cpus').number(0.01, 1024),
    memory: limits.at('memory').mebibytes(),
    restart: condition && {
      Name: CONDITION_NAMES[condition],
      ...(condition === 'on-failure' && count !== undefined && { MaximumRetryCount: String(count) }),
    },
  };
}
