import { projectOf, type Ctx } from '#kernel/context.ts';
import { CloudError, conflict, notFound } from '#kernel/errors.ts';
import type {
  Neutron,
  NeutronKind,
  NeutronNetwork,
  NeutronObjects,
  NeutronPort,
  NeutronQuery,
  NeutronSubnet,
} from '#src/openstack/neutron.ts';
import type { NetworkInfo, NetworkPort, OpenGroup, PortAttachment, PortInfo, PortRequest } from './port.ts';

export interface RemoteNetworkPortDeps {
  /** As a user who may bind ports and act for every project: the `service` or `admin` of that OpenStack. */
  readonly neutron: Neutron;
  /** Search domain of networks that have none: Neutron's `dns_domain`. */
  readonly domain: string;
  /** Whoever lays the cables on our hosts; without it, somebody else does. */
  readonly cables?: Cables;
}

/** Told of ports that are bound to a host of ours, and of those that are about to be no more. */
export interface Cables {
  plug(host: string, ports: readonly NeutronPort[]): Promise<void>;
  unplug(ports: readonly NeutronPort[]): Promise<void>;
}

/** A port that we made carries this, and so dies with its device; all others belong to users. */
const OURS = 'hydria.port.device';
const DHCP = 'network:dhcp';
const UNBOUND = { device_id: '', device_owner: '', 'binding:host_id': '', 'binding:profile': {} };

/**
 * The network port against any Neutron. Neutron chooses ids itself, so a port is found again by a tag that has the id we
 * gave it; whoever asks sees what a token of their own project would show.
 */
export class RemoteNetworkPort implements NetworkPort {
  readonly #neutron: Neutron;
  readonly #domain: string;
  readonly #cables: Cables | undefined;

  constructor({ neutron, domain, cables }: RemoteNetworkPortDeps) {
    this.#neutron = neutron;
    this.#domain = domain;
    this.#cables = cables;
  }

  async getNetwork(ctx: Ctx, idOrName: string): Promise<NetworkInfo> {
    return networkInfo(await this.#findByName(ctx, 'network', idOrName));
  }

  async findDefaultNetwork(ctx: Ctx): Promise<NetworkInfo | undefined> {
    const query = { 'router:external': 'False' };
    const own = await this.#neutron.list('network', { ...query, project_id: projectOf(ctx) });
    const usable = own.length > 0 ? own : await this.#neutron.list('network', { ...query, shared: 'True' });
    const [oldest] = usable.toSorted((a, b) => (a.created_at ?? '').localeCompare(b.created_at ?? ''));
    return oldest && networkInfo(oldest);
  }

  async resolveSecurityGroups(ctx: Ctx, idsOrNames: readonly string[]): Promise<string[]> {
    const ids: string[] = [];
    for (const one of idsOrNames) ids.push((await this.#findByName(ctx, 'security_group', one)).id);
    return ids;
  }

  async getPort(ctx: Ctx, idOrName: string): Promise<PortInfo> {
    const [info] = await this.#infos([await this.#findByName(ctx, 'port', idOrName)]);
    if (!info) throw notFound(`Port ${idOrName} could not be found.`);
    return info;
  }

  async attachPorts(ctx: Ctx, attachment: PortAttachment): Promise<PortInfo[]> {
    const ports: NeutronPort[] = [];
    for (const request of attachment.requests) {
      const known = await this.#known(request);
      ports.push(
        known
          ? await this.#bind(ctx, known, { attachment, request })
          : await this.#make(ctx, attachment, request),
      );
    }
    await this.#cables?.plug(attachment.host, ports);
    return this.#infos(ports);
  }

  async listPorts(_ctx: Ctx, deviceId: string): Promise<PortInfo[]> {
    return this.#infos(await this.#neutron.list('port', { device_id: deviceId }));
  }

  async detachPorts(_ctx: Ctx, deviceId: string, portIds?: readonly string[]): Promise<void> {
    const all = await this.#neutron.list('port', { device_id: deviceId });
    const going = all.filter(({ id }) => portIds?.includes(id) ?? true);
    await this.#cables?.unplug(going);
    for (const port of going)
      if (isOurs(port)) await this.#neutron.delete('port', port.id);
      else await this.#neutron.update('port', port.id, UNBOUND).catch(unlessGone);
  }

  async setSecurityGroups(_ctx: Ctx, portIds: readonly string[], groupIds: readonly string[]): Promise<void> {
    const security_groups = [...new Set(groupIds)];
    for (const id of portIds) await this.#neutron.update('port', id, { security_groups });
  }

  async ensureOpenGroup(ctx: Ctx, { name, description, ports }: OpenGroup): Promise<string> {
    const project_id = projectOf(ctx);
    const [known] = await this.#neutron.list('security_group', { project_id, name });
    const { id } = known ?? (await this.#neutron.create('security_group', { project_id, name, description }));
    const rules = await this.#neutron.list('security_group_rule', {
      security_group_id: id,
      direction: 'ingress',
    });
    for (const { protocol, port } of ports) {
      if (rules.some((rule) => rule.protocol === protocol && rule.port_range_min === port)) continue;
      await this.#neutron.create('security_group_rule', {
        project_id,
        security_group_id: id,
        direction: 'ingress',
        protocol,
        port_range_min: port,
        port_range_max: port,
        remote_ip_prefix: '0.0.0.0/0',
      });
    }
    return id;
  }

  async removeGroup(_ctx: Ctx, project_id: string, name: string): Promise<void> {
    for (const { id } of await this.#neutron.list('security_group', { project_id, name }))
      await this.#neutron.delete('security_group', id).catch(unlessUsed);
  }

  /** The user's port by its id, or ours by its tag, where an earlier try made it. */
  async #known({ portId, networkId }: PortRequest): Promise<NeutronPort | undefined> {
    if (networkId === null) return this.#neutron.find('port', portId);
    return (await this.#neutron.list('port', { network_id: networkId, tags: portTag(portId) }))[0];
  }

  async #bind(ctx: Ctx, port: NeutronPort, wish: Wish): Promise<NeutronPort> {
    const { deviceId, deviceOwner, host } = wish.attachment;
    if (!isOurs(port) && !isVisible(ctx, port)) throw portNotFound(port.id);
    if (port.device_id !== '' && port.device_id !== deviceId)
      throw conflict(`The port ${port.id} already has an attached device ${port.device_id}.`, {
        code: 'PortInUse',
      });
    if (port.device_id === deviceId && port['binding:host_id'] === host) return port;
    return this.#neutron.update('port', port.id, {
      device_id: deviceId,
      device_owner: deviceOwner,
      'binding:host_id': host,
      'binding:profile': profileOf(wish.request),
    });
  }

  /** Bound last: what a crash leaves before its tag is there has the device, and goes when that is detached. */
  async #make(ctx: Ctx, attachment: PortAttachment, request: PortRequest): Promise<NeutronPort> {
    const { networkId, fixedIps, securityGroups, portId } = request;
    if (networkId === null) throw portNotFound(portId);
    await this.#findByName(ctx, 'network', networkId);
    const port = await this.#neutron.create('port', {
      name: OURS,
      project_id: projectOf(ctx),
      network_id: networkId,
      device_id: attachment.deviceId,
      device_owner: attachment.deviceOwner,
      'binding:host_id': attachment.host,
      'binding:profile': profileOf(request),
      ...(fixedIps.length > 0 ? { fixed_ips: fixedIps.map((ip_address) => ({ ip_address })) } : {}),
      ...(securityGroups ? { security_groups: securityGroups } : {}),
    });
    await this.#neutron.addTags('port', port.id, [portTag(portId)]);
    return port;
  }

  /** Ports with what a workload has to know of their networks: three more calls for any number. */
  async #infos(ports: readonly NeutronPort[]): Promise<PortInfo[]> {
    if (ports.length === 0) return [];
    const network_id = [...new Set(ports.map((port) => port.network_id))];
    const [networks, subnets, resolvers] = await Promise.all([
      this.#neutron.list('network', { id: network_id }),
      this.#neutron.list('subnet', { network_id }),
      this.#neutron.list('port', { network_id, device_owner: DHCP }),
    ]);
    const domains = new Map(networks.map(({ id, dns_domain }) => [id, dns_domain]));
    return ports.map((port) => {
      const isIts = (other: { readonly network_id: string }) => other.network_id === port.network_id;
      const own = subnets.filter(isIts);
      const resolver = resolvers.filter(isIts).flatMap(({ fixed_ips }) => fixed_ips);
      const servers =
        resolver.length > 0
          ? resolver.map(({ ip_address }) => ip_address)
          : own.flatMap(({ dns_nameservers }) => dns_nameservers);
      const domain = (domains.get(port.network_id) || this.#domain).replace(/\.$/, '');
      return portInfo(port, own, { servers, domain });
    });
  }

  async #findByName<K extends NeutronKind & ('network' | 'port' | 'security_group')>(
    ctx: Ctx,
    kind: K,
    idOrName: string,
  ): Promise<NeutronObjects[K]> {
    // Asking for a project's groups is what makes its default one.
    const scope = kind === 'security_group' && ctx.project ? { project_id: ctx.project.id } : {};
    const seen = async (query: NeutronQuery) =>
      (await this.#neutron.list(kind, { ...query, ...scope })).filter((one) => isVisible(ctx, one));
    const [exact] = await seen({ id: idOrName });
    if (exact) return exact;
    const named = await seen({ name: idOrName });
    const own = named.filter(({ project_id }) => project_id === projectOf(ctx));
    const [only, other] = own.length > 0 ? own : named;
    if (!only) throw notFound(`There is no ${kind.replaceAll('_', ' ')} '${idOrName}'.`);
    if (other) throw conflict(`Several have the name '${idOrName}': use an ID.`);
    return only;
  }
}

interface Wish {
  readonly attachment: PortAttachment;
  readonly request: PortRequest;
}

/** What only we need to know of a port: Neutron keeps it. */
export interface PortProfile {
  readonly hydria_device?: string;
  readonly hydria_primary?: boolean;
}

const profileOf = ({ device, primary }: PortRequest): PortProfile => ({
  hydria_device: device,
  hydria_primary: primary,
});

type Seen = Pick<NeutronNetwork, 'project_id'> & Partial<NeutronNetwork>;

/** Administrators see everything; others their own, and networks that are for all. */
const isVisible = (ctx: Ctx, one: Seen): boolean =>
  ctx.isAdmin || one.project_id === projectOf(ctx) || one.shared === true || one['router:external'] === true;

const portTag = (portId: string): string => `${OURS}:${portId}`;
const isOurs = ({ tags, name }: NeutronPort): boolean =>
  tags.some((tag) => tag.startsWith(`${OURS}:`)) || name === OURS;
const portNotFound = (id: string) => notFound(`Port ${id} could not be found.`, { code: 'PortNotFound' });

const networkInfo = (network: NeutronNetwork): NetworkInfo => ({
  id: network.id,
  name: network.name,
  projectId: network.project_id,
  external: network['router:external'],
  shared: network.shared,
  mtu: network.mtu ?? 1500,
  dnsDomain: network.dns_domain ?? '',
});

const portInfo = (
  port: NeutronPort,
  subnets: readonly NeutronSubnet[],
  resolver: PortInfo['resolver'],
): PortInfo => ({
  id: port.id,
  networkId: port.network_id,
  projectId: port.project_id,
  mac: port.mac_address,
  deviceId: port.device_id,
  host: port['binding:host_id'] ?? '',
  status: port.status === 'N/A' ? 'DOWN' : port.status,
  fixedIps: port.fixed_ips.map(({ subnet_id, ip_address }) => ({
    subnetId: subnet_id,
    address: ip_address,
    version: subnets.find(({ id }) => id === subnet_id)?.ip_version ?? (ip_address.includes(':') ? 6 : 4),
  })),
  securityGroups: port.security_groups,
  preserved: !isOurs(port),
  resolver,
});

/** Somebody else's port is in it: then it is theirs. */
function unlessUsed(thrown: unknown): void {
  if (!(thrown instanceof CloudError && thrown.kind === 'conflict')) throw thrown;
}

function unlessGone(thrown: unknown): void {
  if (!(thrown instanceof CloudError && thrown.kind === 'not-found')) throw thrown;
}
