import { CloudError } from '#kernel/errors.ts';
import type { OpenStackSession } from './session.ts';

/** What is common to all of Neutron's objects, as far as we look. */
interface Tagged {
  readonly id: string;
  readonly name: string;
  readonly project_id: string;
  readonly tags: readonly string[];
}

export interface NeutronNetwork extends Tagged {
  readonly shared: boolean;
  readonly 'router:external': boolean;
  readonly mtu?: number;
  readonly dns_domain?: string;
  readonly created_at?: string;
}

export interface NeutronSubnet extends Tagged {
  readonly network_id: string;
  readonly ip_version: 4 | 6;
  readonly cidr: string;
  readonly gateway_ip: string | null;
  readonly subnetpool_id: string | null;
  readonly host_routes: readonly { readonly destination: string; readonly nexthop: string }[];
  readonly dns_nameservers: readonly string[];
}

export interface NeutronSubnetPool extends Tagged {
  readonly prefixes: readonly string[];
  readonly shared: boolean;
}

export interface NeutronPort extends Tagged {
  readonly network_id: string;
  readonly mac_address: string;
  readonly revision_number?: number;
  readonly status: 'ACTIVE' | 'BUILD' | 'DOWN' | 'ERROR' | 'N/A';
  readonly admin_state_up: boolean;
  readonly device_id: string;
  readonly device_owner: string;
  readonly fixed_ips: readonly { readonly subnet_id: string; readonly ip_address: string }[];
  readonly security_groups: readonly string[];
  readonly 'binding:host_id'?: string;
  readonly 'binding:vif_type'?: string;
  readonly 'binding:vif_details'?: Readonly<Record<string, unknown>>;
  readonly 'binding:profile'?: Readonly<Record<string, unknown>>;
}

export type NeutronSecurityGroup = Tagged;

export interface NeutronSecurityGroupRule {
  readonly id: string;
  readonly protocol: string | null;
  readonly port_range_min: number | null;
}

export interface NeutronObjects {
  readonly network: NeutronNetwork;
  readonly subnet: NeutronSubnet;
  readonly subnetpool: NeutronSubnetPool;
  readonly port: NeutronPort;
  readonly security_group: NeutronSecurityGroup;
  readonly security_group_rule: NeutronSecurityGroupRule;
}

export type NeutronKind = keyof NeutronObjects;
export type NeutronQuery = Readonly<Record<string, string | readonly string[]>>;

const SERVICE = 'network';

/** Neutron's API v2.0, typed as far as we use it. */
export class Neutron {
  readonly #session: OpenStackSession;

  constructor(session: OpenStackSession) {
    this.#session = session;
  }

  /** Id of the project that we act in. */
  projectId(): Promise<string> {
    return this.#session.projectId();
  }

  /** All that match; several values of one filter are alternatives, the `tags` of one value all have to be there. */
  async list<K extends NeutronKind>(kind: K, query: NeutronQuery = {}): Promise<NeutronObjects[K][]> {
    const parameters = new URLSearchParams();
    for (const [name, values] of Object.entries(query))
      for (const value of typeof values === 'string' ? [values] : values) parameters.append(name, value);
    const answer = await this.#call('GET', `/${collection(kind)}?${parameters.toString()}`);
    return (answer as Record<string, NeutronObjects[K][]>)[`${kind}s`] ?? [];
  }

  async find<K extends NeutronKind>(kind: K, id: string): Promise<NeutronObjects[K] | undefined> {
    try {
      return one(kind, await this.#call('GET', `/${collection(kind)}/${encodeURIComponent(id)}`));
    } catch (thrown) {
      return unlessNotFound(thrown);
    }
  }

  async create<K extends NeutronKind>(kind: K, attributes: object): Promise<NeutronObjects[K]> {
    return one(kind, await this.#call('POST', `/${collection(kind)}`, { [kind]: attributes }));
  }

  async update<K extends NeutronKind>(kind: K, id: string, changes: object): Promise<NeutronObjects[K]> {
    return one(kind, await this.#call('PUT', `/${collection(kind)}/${id}`, { [kind]: changes }));
  }

  /** Gone already is gone. */
  async delete(kind: NeutronKind, id: string): Promise<void> {
    await this.#call('DELETE', `/${collection(kind)}/${id}`).catch(unlessNotFound);
  }

  async addTags(kind: NeutronKind, id: string, tags: readonly string[]): Promise<void> {
    for (const tag of tags) await this.#call('PUT', tagPath(kind, id, tag), undefined);
  }

  /** Those that are not there are gone. */
  async removeTags(kind: NeutronKind, id: string, tags: readonly string[]): Promise<void> {
    for (const tag of tags) await this.#call('DELETE', tagPath(kind, id, tag)).catch(unlessNotFound);
  }

  /** Aliases of the extensions that are there. */
  async extensions(): Promise<ReadonlySet<string>> {
    const answer = (await this.#call('GET', '/extensions')) as { extensions: { alias: string }[] };
    return new Set(answer.extensions.map(({ alias }) => alias));
  }

  #call(method: string, path: string, body?: unknown): Promise<unknown> {
    return this.#session.call(method, SERVICE, `/v2.0${path}`, body === undefined ? {} : { body });
  }
}

const collection = (kind: NeutronKind): string => `${kind.replaceAll('_', '-')}s`;

const tagPath = (kind: NeutronKind, id: string, tag: string): string =>
  `/${collection(kind)}/${id}/tags/${encodeURIComponent(tag)}`;

const one = <K extends NeutronKind>(kind: K, body: unknown): NeutronObjects[K] =>
  (body as Record<K, NeutronObjects[K]>)[kind];

function unlessNotFound(thrown: unknown): undefined {
  if (thrown instanceof CloudError && thrown.kind === 'not-found') return undefined;
  throw thrown;
}
