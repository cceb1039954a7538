import { sql } from 'kysely';
import { projectOf, type Ctx } from '#kernel/context.ts';
import type { Database } from '#kernel/db/database.ts';
import { byId, searchDomain } from './desired/specs.ts';
import type { Kind } from './kind.ts';
import { groupKind, networkKind, portKind } from './kinds.ts';
import { refused } from './model/errors.ts';
import type { Network } from './model/network.ts';
import { DHCP } from './model/device-owner.ts';
import { portInUse, portNotFound, type Port } from './model/port.ts';
import { SHARED } from './model/sharing.ts';
import { changed, newStandard, type Standard } from './model/standard.ts';
import type { Subnet } from './model/subnet.ts';
import type { NetworkInfo, NetworkPort, OpenGroup, PortAttachment, PortInfo, PortRequest } from './port.ts';
import type { UseCaseDeps } from './service/deps.ts';
import { OpenGroups } from './service/open-groups.ts';
import { insertPorts, planPort, removePorts, replacePort } from './service/port-writer.ts';
import { groupsFor } from './service/ports.ts';
import { assertQuota } from './service/quotas.ts';
import { findVisible, getVisible } from './service/reader.ts';
import { assertGroupsVisible, ensureDefaultGroup } from './service/security-groups.ts';
import type { Work } from './service/unit.ts';
import { portStore } from './store/ports.ts';
import { sharedAmong, sharedWithProject } from './store/sharing.ts';
import { networkStore, subnetStore } from './store/stores.ts';
import type { NetworkDb, NetworkTables } from './tables.ts';

export interface LocalNetworkPortDeps extends UseCaseDeps {
  readonly database: Database;
  readonly domain: string;
}

/** What other services ask, answered by this one. */
export class LocalNetworkPort implements NetworkPort {
  readonly #deps: LocalNetworkPortDeps;
  readonly #openGroups: OpenGroups;

  constructor(deps: LocalNetworkPortDeps) {
    this.#deps = deps;
    this.#openGroups = new OpenGroups(deps);
  }

  async getNetwork(ctx: Ctx, idOrName: string): Promise<NetworkInfo> {
    return this.#networkInfo(ctx, await findByName(this.#db, ctx, networkKind, idOrName));
  }

  async findDefaultNetwork(ctx: Ctx): Promise<NetworkInfo | undefined> {
    const usable = sql<boolean>`external = 0 and (project_id = ${projectOf(ctx)} or id in (${sharedWithProject(projectOf(ctx), SHARED)}))`;
    const networks = await findVisible(this.#db, ctx, networkKind, usable);
    const found = networks.find(({ projectId }) => projectId === projectOf(ctx)) ?? networks[0];
    return found && this.#networkInfo(ctx, found);
  }

  async #networkInfo(ctx: Ctx, network: Network): Promise<NetworkInfo> {
    const shared = await sharedAmong(this.#db, [network.id], projectOf(ctx));
    return networkInfo(network, shared.has(network.id));
  }

  async resolveSecurityGroups(ctx: Ctx, idsOrNames: readonly string[]): Promise<string[]> {
    await this.#deps.unit.run(({ tx }) => ensureDefaultGroup(ctx, tx, projectOf(ctx)));
    const ids: string[] = [];
    for (const idOrName of idsOrNames) ids.push((await findByName(this.#db, ctx, groupKind, idOrName)).id);
    return ids;
  }

  async getPort(ctx: Ctx, idOrName: string): Promise<PortInfo> {
    const { id } = await findByName(this.#db, ctx, portKind, idOrName);
    const [info] = await this.#infos(await portStore.findMany(this.#db, [id]));
    if (!info) throw portNotFound(idOrName);
    return info;
  }

  async attachPorts(ctx: Ctx, attachment: PortAttachment): Promise<PortInfo[]> {
    const ids = attachment.requests.map(({ portId }) => portId);
    await this.#deps.unit.run(async (work) => {
      const known = byId(await portStore.findMany(work.tx, ids));
      const missing = ids.filter((id) => !known.has(id)).length;
      if (missing > 0) await assertQuota(work, projectOf(ctx), 'port', missing);
      for (const request of attachment.requests) {
        const port = known.get(request.portId);
        if (port) await bindPort(ctx, work, port, bindingOf(attachment, request));
        else await insertPorts(ctx, work, [await newPort(ctx, work, attachment, request)]);
      }
    }, projectOf(ctx));
    const ports = byId(await portStore.findMany(this.#db, ids));
    return this.#infos(ids.flatMap((id) => ports.get(id) ?? []));
  }

  async listPorts(_ctx: Ctx, deviceId: string): Promise<PortInfo[]> {
    return this.#infos(await portStore.list(this.#db, (eb) => eb('device_id', '=', deviceId)));
  }

  async detachPorts(ctx: Ctx, deviceId: string, portIds?: readonly string[]): Promise<void> {
    await this.#deps.unit.run(async (work) => {
      const all = await portStore.list(work.tx, (eb) => eb('device_id', '=', deviceId));
      const ports = portIds ? all.filter(({ id }) => portIds.includes(id)) : all;
      await removePorts(
        work,
        ports.filter(({ preserved }) => !preserved),
      );
      for (const port of ports.filter(({ preserved }) => preserved))
        await replacePort(ctx, work, port, changed(ctx, port, UNBOUND));
    });
  }

  async setSecurityGroups(ctx: Ctx, portIds: readonly string[], groupIds: readonly string[]): Promise<void> {
    await this.#deps.unit.run(async (work) => {
      await assertGroupsVisible(work.tx, ctx, groupIds);
      const securityGroups = [...new Set(groupIds)].sort();
      for (const port of await portStore.findMany(work.tx, portIds))
        await replacePort(ctx, work, port, changed<Port>(ctx, port, { securityGroups }));
    });
  }

  ensureOpenGroup(ctx: Ctx, group: OpenGroup): Promise<string> {
    return this.#openGroups.ensure(ctx, group);
  }

  removeGroup(ctx: Ctx, projectId: string, name: string): Promise<void> {
    return this.#openGroups.remove(ctx, projectId, name);
  }

  /** Ports with what a workload has to know of their networks: three more queries for any number. */
  async #infos(ports: readonly Port[]): Promise<PortInfo[]> {
    if (ports.length === 0) return [];
    const db = this.#db;
    const ids = [...new Set(ports.map(({ networkId }) => networkId))];
    const networks = byId(await networkStore.findMany(db, ids));
    const subnets = await subnetStore.list(db, (eb) => eb('network_id', 'in', ids));
    const resolvers = await portStore.list(db, (eb) =>
      eb.and([eb('network_id', 'in', ids), eb('device_owner', '=', DHCP)]),
    );
    return ports.map((port) => {
      const resolver = resolvers.find(({ networkId }) => networkId === port.networkId);
      const own = subnets.filter(({ networkId }) => networkId === port.networkId);
      const servers =
        resolver?.fixedIps.map(({ address }) => address) ?? own.flatMap((subnet) => subnet.dnsNameservers);
      const network = networks.get(port.networkId);
      const domain = network ? searchDomain(network, this.#deps.domain) : '';
      return portInfo(port, own, { servers, domain });
    });
  }

  get #db(): NetworkDb {
    return this.#deps.database.handle<NetworkTables>();
  }
}

const UNBOUND: Partial<Port> = {
  deviceId: '',
  deviceOwner: '',
  host: '',
  device: '',
  primary: false,
  status: 'DOWN',
};

async function findByName<T extends Standard>(
  db: NetworkDb,
  ctx: Ctx,
  kind: Kind<T>,
  idOrName: string,
): Promise<T> {
  const found = await findVisible(db, ctx, kind, sql`(id = ${idOrName} or name = ${idOrName})`);
  const exact = found.find(({ id }) => id === idOrName);
  const named = exact ? [exact] : found.filter(({ projectId }) => projectId === projectOf(ctx));
  const [only, other] = named.length > 0 ? named : found;
  if (!only) throw kind.notFound(idOrName);
  if (other)
    throw refused(
      'NeutronClientNoUniqueMatch',
      `Several ${kind.collection} have the name '${idOrName}': use an ID.`,
    );
  return only;
}

type Binding = Pick<Port, 'deviceId' | 'deviceOwner' | 'host' | 'device' | 'primary' | 'dnsName'>;

const bindingOf = (attachment: PortAttachment, request: PortRequest): Binding => ({
  deviceId: attachment.deviceId,
  deviceOwner: attachment.deviceOwner,
  host: attachment.host,
  device: request.device,
  primary: request.primary,
  dnsName: attachment.dnsName,
});

/** Gives a port that exists to the device; one that has it already stays as it is. */
async function bindPort(ctx: Ctx, work: Work, port: Port, binding: Binding): Promise<void> {
  if (port.deviceId !== '' && port.deviceId !== binding.deviceId) throw portInUse(port);
  if (port.deviceId === binding.deviceId && port.host === binding.host) return;
  if (port.preserved) await getVisible(work.tx, ctx, portKind, port.id);
  const dnsName = port.dnsName || binding.dnsName;
  await replacePort(ctx, work, port, changed<Port>(ctx, port, { ...binding, dnsName, status: 'BUILD' }));
}

async function newPort(
  ctx: Ctx,
  work: Work,
  attachment: PortAttachment,
  request: PortRequest,
): Promise<Port> {
  if (request.networkId === null) throw portNotFound(request.portId);
  const network = await getVisible(work.tx, ctx, networkKind, request.networkId);
  const projectId = projectOf(ctx);
  const secured = network.portSecurityEnabled;
  const input = {
    ...newStandard(ctx, projectId, { id: request.portId }),
    networkId: network.id,
    ...bindingOf(attachment, request),
    status: 'BUILD' as const,
    preserved: false,
    portSecurityEnabled: secured,
    securityGroups: await groupsFor(ctx, work, { projectId, wanted: request.securityGroups, secured }),
  };
  const wanted = request.fixedIps.map((address) => ({ address }));
  return planPort(ctx, work, input, wanted.length > 0 ? wanted : undefined);
}

const networkInfo = (network: Network, shared: boolean): NetworkInfo => ({
  id: network.id,
  name: network.name,
  projectId: network.projectId,
  external: network.external,
  shared,
  mtu: network.mtu,
  dnsDomain: network.dnsDomain,
});

const portInfo = (port: Port, subnets: readonly Subnet[], resolver: PortInfo['resolver']): PortInfo => ({
  id: port.id,
  networkId: port.networkId,
  projectId: port.projectId,
  mac: port.macAddress,
  deviceId: port.deviceId,
  host: port.host,
  status: port.status,
  fixedIps: port.fixedIps.map(({ subnetId, address }) => ({
    subnetId,
    address,
    version: subnets.find(({ id }) => id === subnetId)?.ipVersion ?? (address.includes(':') ? 6 : 4),
  })),
  securityGroups: port.securityGroups,
  preserved: port.preserved,
  resolver,
});
