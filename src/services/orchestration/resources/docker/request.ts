import type { ContainerCreateOptions, HostConfig, PortMap } from 'dockerode';
import { badRequest } from '#kernel/errors.ts';
import { textOf, isList, isMap, type Json, type JsonMap } from '../../template/json.ts';

/** The creation of a container as Docker's API takes it. */
export function creationOf(properties: JsonMap, name: string): ContainerCreateOptions {
  const list = (key: string) => (properties[key] ?? []) as readonly Json[];
  const words = (key: string) => list(key).map(String);
  const bindings = bindingsOf(properties['port_bindings']);
  return {
    name,
    Image: textOf(properties['image'] ?? ''),
    Hostname: textOf(properties['hostname']),
    User: textOf(properties['user']),
    Tty: properties['tty'] === true,
    OpenStdin: properties['open_stdin'] === true,
    StdinOnce: properties['stdin_once'] === true,
    ...(words('cmd').length > 0 && { Cmd: words('cmd') }),
    ...(properties['env'] !== undefined && { Env: words('env') }),
    ExposedPorts: Object.fromEntries(
      [...words('port_specs').map(exposed), ...Object.keys(bindings)].map((port) => [port, {}]),
    ),
    Volumes: Object.fromEntries(volumesOf(properties).map(({ inside }) => [inside, {}])),
    HostConfig: hostConfigOf(properties, bindings),
  };
}

function hostConfigOf(properties: JsonMap, bindings: PortMap): HostConfig {
  const words = (key: string) => ((properties[key] ?? []) as readonly Json[]).map(String);
  const given = (key: string, made: HostConfig): HostConfig => (isSaid(properties[key]) ? made : {});
  const restart = properties['restart_policy'];
  return {
    PortBindings: bindings,
    Privileged: properties['privileged'] === true,
    ReadonlyRootfs: properties['read_only'] === true,
    ...given('memory', { Memory: Number(properties['memory']) }),
    ...given('cpu_shares', { CpuShares: Number(properties['cpu_shares']) }),
    ...given('cpu_set', { CpusetCpus: textOf(properties['cpu_set']) }),
    ...given('dns', { Dns: words('dns') }),
    ...given('volumes', { Binds: volumesOf(properties).flatMap(({ bind }) => bind ?? []) }),
    ...given('volumes_from', { VolumesFrom: words('volumes_from') }),
    ...given('links', { Links: linksOf(properties['links']) }),
    ...given('cap_add', { CapAdd: words('cap_add') }),
    ...given('cap_drop', { CapDrop: words('cap_drop') }),
    ...(isMap(restart) && isSaid(restart) && { RestartPolicy: restartOf(restart) }),
    ...(properties['privileged'] !== true && given('devices', { Devices: devicesOf(properties['devices']) })),
  };
}

/** Whether there is anything in it. */
function isSaid(value: Json | undefined): boolean {
  if (isList(value)) return value.length > 0;
  if (isMap(value)) return Object.keys(value).length > 0;
  return value !== undefined && value !== null && value !== '' && value !== 0;
}

/** `80`, `53/udp` and `8080:80` expose the port of the container. */
function exposed(spec: string): string {
  const [, port = '', protocol = 'tcp'] = /^(?:.*:)?(\d{1,5})(?:\/(tcp|udp|sctp))?$/.exec(spec) ?? [];
  if (port === '') throw badRequest(`Invalid port "${spec}".`);
  return `${port}/${protocol}`;
}

/** Of a port of the container: a port of the host, an address and a port, or several of either. */
function bindingsOf(given: Json | undefined): PortMap {
  const bindings = Object.entries(isMap(given) ? given : {}).map(([port, to]) => {
    const several = isList(to) && !isPair(to) ? to : [to];
    return [exposed(port), several.map(bindingOf)];
  });
  return Object.fromEntries(bindings) as PortMap;
}

const isPair = (list: readonly Json[]): boolean =>
  typeof list[0] === 'string' && /[.:]/.test(list[0]) && list.length <= 2;

function bindingOf(to: Json): { HostIp: string; HostPort: string } {
  if (isList(to)) return { HostIp: textOf(to[0] ?? ''), HostPort: textOf(to[1] ?? '') };
  if (isMap(to)) return { HostIp: textOf(to['HostIp'] ?? ''), HostPort: textOf(to['HostPort'] ?? '') };
  const text = to === null ? '' : String(to);
  const colon = text.lastIndexOf(':');
  if (colon >= 0) return { HostIp: text.slice(0, colon), HostPort: text.slice(colon + 1) };
  return text.includes('.') ? { HostIp: text, HostPort: '' } : { HostIp: '', HostPort: text };
}

interface Mounted {
  readonly inside: string;
  readonly bind?: string;
}

/** A volume of the container, or a path of the host and where it is inside: `{/srv: {bind: /data, ro: true}}`, `{/srv: /data}`. */
function volumesOf({ volumes }: JsonMap): readonly Mounted[] {
  return Object.entries(isMap(volumes) ? volumes : {}).map(([path, to]) => {
    if (typeof to === 'string' && to !== '') return { inside: to, bind: `${path}:${to}:rw` };
    if (!isMap(to) || to['bind'] === undefined) return { inside: path };
    const mode = to['mode'] ?? (to['ro'] === true || to['ro'] === 'true' ? 'ro' : 'rw');
    return { inside: textOf(to['bind']), bind: `${path}:${textOf(to['bind'])}:${textOf(mode)}` };
  });
}

const linksOf = (given: Json | undefined): string[] =>
  Object.entries(isMap(given) ? given : {}).map(([name, alias]) => `${name}:${textOf(alias ?? name)}`);

const restartOf = ({ Name, MaximumRetryCount }: JsonMap) => ({
  Name: textOf(Name),
  ...(Name === 'on-failure' && { MaximumRetryCount: Number(MaximumRetryCount ?? 0) }),
});

const devicesOf = (given: Json | undefined) =>
  ((given ?? []) as readonly JsonMap[]).map(({ path_on_host, path_in_container, permissions }) => ({
    PathOnHost: textOf(path_on_host),
    PathInContainer: textOf(path_in_container ?? path_on_host),
    CgroupPermissions: textOf(permissions),
  }));

/** The least version of Docker's API for some properties. */
const NEEDS: readonly (readonly [property: string, version: string])[] = [
  ['read_only', '1.17'],
  ['cpu_shares', '1.8'],
  ['devices', '1.14'],
  ['cpu_set', '1.12'],
];

export const asksForVersion = (properties: JsonMap): boolean =>
  NEEDS.some(([name]) => isSaid(properties[name]) && properties[name] !== false);

/** @throws CloudError `bad-request` in the plug-in's words */
export function assertSupported(properties: JsonMap, version: string): void {
  for (const [name, least] of NEEDS)
    if (isSaid(properties[name]) && properties[name] !== false && isOlder(version, least))
      throw badRequest(`"${name}" is not supported for API version < "${least}"`);
}

/** By numbers: 1.8 is older than 1.14. */
function isOlder(version: string, than: string): boolean {
  const [[major = 0, minor = 0], [least = 0, lesser = 0]] = [version, than].map((text) =>
    text.split('.').map(Number),
  ) as [number[], number[]];
  return major < least || (major === least && minor < lesser);
}
