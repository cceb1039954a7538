import type { Caller } from './caller.ts';

export interface ShownNetwork {
  readonly id: string;
  readonly name: string;
  readonly subnets: readonly string[];
}

export interface NewSubnet {
  readonly name: string;
  readonly network_id: string;
  readonly cidr: string;
  readonly ip_version: 4 | 6;
  readonly gateway_ip?: string;
  readonly ipv6_address_mode?: 'slaac';
  readonly ipv6_ra_mode?: 'slaac';
}

/** The part of Neutron's API that a project's own networks need. */
export class Networks {
  readonly #session: Caller;

  constructor(session: Caller) {
    this.#session = session;
  }

  async find(name: string): Promise<ShownNetwork | undefined> {
    return (await this.#list<ShownNetwork>('networks', { name }))[0];
  }

  async create(name: string): Promise<ShownNetwork> {
    const body = { network: { name } };
    return (await this.#call<{ network: ShownNetwork }>('POST', '/networks', body)).network;
  }

  async addSubnet(subnet: NewSubnet): Promise<string> {
    return (await this.#call<{ subnet: { id: string } }>('POST', '/subnets', { subnet })).subnet.id;
  }

  /** With its subnets. */
  async remove(id: string): Promise<void> {
    await this.#call('DELETE', `/networks/${id}`);
  }

  async findRouter(name: string): Promise<string | undefined> {
    return (await this.#list<{ id: string }>('routers', { name }))[0]?.id;
  }

  /** To the first network that leads outside; undefined where there is none. */
  async createRouter(name: string): Promise<string | undefined> {
    const [outside] = await this.#list<ShownNetwork>('networks', { 'router:external': 'true' });
    if (outside === undefined) return undefined;
    const router = { name, external_gateway_info: { network_id: outside.id } };
    return (await this.#call<{ router: { id: string } }>('POST', '/routers', { router })).router.id;
  }

  /** Those that are there already stay. */
  async connect(router: string, subnets: readonly string[]): Promise<void> {
    const connected = await this.#connected(router);
    for (const id of subnets)
      if (!connected.includes(id))
        await this.#call('PUT', `/routers/${router}/add_router_interface`, { subnet_id: id });
  }

  async removeRouter(router: string): Promise<void> {
    for (const id of await this.#connected(router))
      await this.#call('PUT', `/routers/${router}/remove_router_interface`, { subnet_id: id });
    await this.#call('DELETE', `/routers/${router}`);
  }

  /** Subnets that the router is a gateway of. */
  async #connected(router: string): Promise<string[]> {
    const ports = await this.#list<{
      device_owner: string;
      fixed_ips: { subnet_id: string }[];
    }>('ports', { device_id: router });
    const inside = ports.filter(({ device_owner }) => device_owner !== 'network:router_gateway');
    return inside.flatMap(({ fixed_ips }) => fixed_ips.map(({ subnet_id }) => subnet_id));
  }

  async #list<T>(collection: string, query: Record<string, string>): Promise<T[]> {
    const path = `/v2.0/${collection}`;
    return (
      (await this.#session.call<Record<string, T[]>>('network', 'GET', path, { query }))[collection] ?? []
    );
  }

  #call<T>(method: string, path: string, body?: unknown): Promise<T> {
    return this.#session.call<T>('network', method, `/v2.0${path}`, body === undefined ? {} : { body });
  }
}
