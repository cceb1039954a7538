import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { resolve } from 'node:path';
import { badRequest, CloudError, messageOf } from '#kernel/errors.ts';
import type { Content, Network, Service, Subnet, Volume } from '../../compose-file/model.ts';
import { Networks } from '../../sdk/networks.ts';
import { Secrets } from '../../sdk/secrets.ts';
import type { Session } from '../../sdk/session.ts';
import { Volumes } from '../../sdk/volumes.ts';
import { until } from '../containers/waiting.ts';
import type { Loaded } from './load.ts';

/** Ids of what the services need, by the keys in the file. */
export interface Surroundings {
  readonly networks: ReadonlyMap<string, string>;
  readonly volumes: ReadonlyMap<string, string>;
  readonly secrets: ReadonlyMap<string, string>;
}

/** Makes what services need and what is not there yet. What is there stays as it is. */
export async function ensureSurroundings(
  session: Session,
  loaded: Loaded,
  services: readonly Service[],
): Promise<Surroundings> {
  const { networks, volumes, secrets } = neededBy(services);
  const { project } = loaded;
  const [networkIds, volumeIds, secretIds] = await Promise.all([
    ensureNetworks(new Networks(session), loaded, networks),
    ensureAll(project.volumes, volumes, (volume, key) =>
      ensureVolume(new Volumes(session), volume, sharers(services, key) > 1),
    ),
    ensureAll(project.secrets, secrets, (secret) =>
      ensureSecret(new Secrets(session), secret, loaded.directory),
    ),
  ]);
  return { networks: networkIds, volumes: volumeIds, secrets: secretIds };
}

function neededBy(services: readonly Service[]) {
  const mounts = services.flatMap((service) => service.mounts);
  const separate = services.filter(({ sharesWith }) => sharesWith === undefined);
  return {
    networks: new Set(separate.flatMap((service) => service.networks.map(({ network }) => network))),
    volumes: new Set(mounts.flatMap((mount) => (mount.kind === 'volume' ? [mount.volume] : []))),
    secrets: new Set(mounts.flatMap((mount) => (mount.kind === 'secret' ? [mount.source] : []))),
  };
}

async function ensureAll<T>(
  all: ReadonlyMap<string, T>,
  needed: ReadonlySet<string>,
  ensure: (one: T, key: string) => Promise<string>,
): Promise<Map<string, string>> {
  const wanted = [...all].filter(([key]) => needed.has(key));
  return new Map(await Promise.all(wanted.map(async ([key, one]) => [key, await ensure(one, key)] as const)));
}

async function ensureNetworks(
  networks: Networks,
  { project }: Loaded,
  needed: ReadonlySet<string>,
): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  const routed: string[] = [];
  for (const [index, [key, network]] of [...project.networks].entries()) {
    if (!needed.has(key)) continue;
    const { id, subnets } = await ensureNetwork(networks, network, freeSubnet(project.name, index));
    ids.set(key, id);
    if (!network.external && !network.internal) routed.push(...subnets);
  }
  if (routed.length > 0) await ensureRouter(networks, project.name, routed);
  return ids;
}

async function ensureNetwork(networks: Networks, { name, external, subnets }: Network, otherwise: Subnet) {
  const found = await networks.find(name);
  if (found === undefined && external)
    throw badRequest(`There is no network ${name}, which is to be there already.`);
  const network = found ?? (await networks.create(name));
  if (external || network.subnets.length > 0) return network;
  const ids: string[] = [];
  for (const [index, { cidr, gateway }] of (subnets.length > 0 ? subnets : [otherwise]).entries()) {
    const isV6 = isIPv6(cidr.split('/')[0] ?? '');
    ids.push(
      await networks.addSubnet({
        name: `${name}-${index}`,
        network_id: network.id,
        cidr,
        ip_version: isV6 ? 6 : 4,
        ...(gateway !== undefined && { gateway_ip: gateway }),
        ...(isV6 && ({ ipv6_address_mode: 'slaac', ipv6_ra_mode: 'slaac' } as const)),
      }),
    );
  }
  return { ...network, subnets: ids };
}

/** So that the containers reach the outside, and floating IPs reach them. */
async function ensureRouter(networks: Networks, name: string, subnets: readonly string[]): Promise<void> {
  const router = (await networks.findRouter(name)) ?? (await networks.createRouter(name));
  if (router !== undefined) await networks.connect(router, subnets);
}

/** One of 10.64.0.0/10 by the project's name; networks of one project never overlap. */
export function freeSubnet(project: string, index: number): Subnet {
  const slot = (createHash('sha256').update(project).digest().readUInt16BE() + index) % 2 ** 14;
  return { cidr: `10.${64 + (slot >> 8)}.${slot & 255}.0/24`, gateway: undefined };
}

/** How many containers have the volume. */
const sharers = (services: readonly Service[], key: string): number =>
  services
    .filter(({ mounts }) => mounts.some((mount) => mount.kind === 'volume' && mount.volume === key))
    .reduce((sum, { replicas }) => sum + replicas, 0);

async function ensureVolume(volumes: Volumes, volume: Volume, isShared: boolean): Promise<string> {
  const { name, external, size } = volume;
  const found = await volumes.find(name);
  if (found === undefined && external)
    throw badRequest(`There is no volume ${name}, which is to be there already.`);
  const type = volume.type ?? (isShared && found === undefined ? await sharedType(volumes, name) : undefined);
  const { id } = found ?? (await volumes.create(name, size, type));
  await until(async () => {
    const { status } = await volumes.get(id);
    if (status.startsWith('error')) throw new CloudError('conflict', `Volume ${name} is in ${status}.`);
    return status === 'creating' ? undefined : status;
  });
  return id;
}

async function sharedType(volumes: Volumes, name: string): Promise<string> {
  const type = await volumes.findSharedType();
  if (type !== undefined) return type;
  throw badRequest(
    `Several containers have volume ${name}: that takes a volume type with multiattach, and the cloud has none. An administrator ` +
      "makes one: openstack volume type create --property multiattach='<is> True' shared",
  );
}

/** Its content decides: another one is another secret, so that containers which have it are made anew. */
async function ensureSecret(secrets: Secrets, content: Content, directory: string): Promise<string> {
  const found = await secrets.find(content.name);
  if (content.kind === 'external') {
    if (found[0] === undefined)
      throw badRequest(`There is no secret ${content.name}, which is to be there already.`);
    return found[0];
  }
  const wanted = await bytesOf(content, directory);
  for (const id of found) if ((await secrets.payload(id)).equals(wanted)) return id;
  return secrets.create(content.name, wanted);
}

export async function bytesOf(
  content: Exclude<Content, { kind: 'external' }>,
  directory: string,
): Promise<Buffer> {
  if (content.kind === 'text') return Buffer.from(content.text);
  return readFile(resolve(directory, content.path)).catch((thrown: unknown) => {
    throw badRequest(`${content.place}${messageOf(thrown)}`, { cause: thrown });
  });
}

/** Takes away what the project made; external things stay, and volumes unless they are meant too. */
export async function removeSurroundings(
  session: Session,
  { project }: Loaded,
  withVolumes: boolean,
): Promise<void> {
  const [networks, volumes, secrets] = [new Networks(session), new Volumes(session), new Secrets(session)];
  const router = await networks.findRouter(project.name);
  if (router !== undefined) await networks.removeRouter(router);
  for (const { name, external } of project.networks.values()) {
    const found = external ? undefined : await networks.find(name);
    if (found) await networks.remove(found.id);
  }
  for (const { kind, name } of project.secrets.values())
    if (kind !== 'external') for (const id of await secrets.find(name)) await secrets.remove(id);
  for (const { name, external } of withVolumes ? project.volumes.values() : []) {
    const found = external ? undefined : await volumes.find(name);
    if (found) await volumes.remove(found.id);
  }
}
