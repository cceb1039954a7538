import type { Ctx } from '#kernel/context.ts';

/** What other services may ask of networking: the local service or any Neutron. */
export interface NetworkPort {
  /** By id or name among what the caller may use. @throws CloudError `not-found`; `conflict` when several have the name. */
  getNetwork(ctx: Ctx, idOrName: string): Promise<NetworkInfo>;
  /** The project's oldest own network, else a shared one; undefined when there is none. External ones do not count. */
  findDefaultNetwork(ctx: Ctx): Promise<NetworkInfo | undefined>;
  /** Ids of groups given by id or name. @throws CloudError `not-found`; `conflict` when several have the name. */
  resolveSecurityGroups(ctx: Ctx, idsOrNames: readonly string[]): Promise<string[]>;
  /** @throws CloudError `not-found`. */
  getPort(ctx: Ctx, idOrName: string): Promise<PortInfo>;
  /**
   * Makes the ports and binds them to the host, or binds ports that exist. A port whose id is taken by the same device is
   * returned as it is, so the call may be repeated.
   */
  attachPorts(ctx: Ctx, attachment: PortAttachment): Promise<PortInfo[]>;
  listPorts(ctx: Ctx, deviceId: string): Promise<PortInfo[]>;
  /** Deletes the device's ports; those that the user made are unbound and kept. Idempotent. */
  detachPorts(ctx: Ctx, deviceId: string, portIds?: readonly string[]): Promise<void>;
  setSecurityGroups(ctx: Ctx, portIds: readonly string[], groupIds: readonly string[]): Promise<void>;
  /** The project's group of this name, which lets everybody in at some ports: made, or found and completed. @returns its id */
  ensureOpenGroup(ctx: Ctx, group: OpenGroup): Promise<string>;
  /** Deletes the project's groups of this name; one that a port is still in stays. Idempotent. */
  removeGroup(ctx: Ctx, projectId: string, name: string): Promise<void>;
}

export interface OpenGroup {
  readonly name: string;
  readonly description: string;
  readonly ports: readonly OpenPort[];
}

/** Where everybody with an IPv4 address gets in. */
export interface OpenPort {
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
}

export interface NetworkInfo {
  readonly id: string;
  readonly name: string;
  readonly projectId: string;
  readonly external: boolean;
  readonly shared: boolean;
  readonly mtu: number;
  readonly dnsDomain: string;
}

export interface PortAttachment {
  readonly deviceId: string;
  /** `compute:kuryr` for containers. */
  readonly deviceOwner: string;
  readonly host: string;
  /** The name others on the network find it by. */
  readonly dnsName: string;
  readonly requests: readonly PortRequest[];
}

export interface PortRequest {
  /** Id for the port to be made (derived from the device's, so that a repeat finds it), or of the one that exists. */
  readonly portId: string;
  /** null = the port exists and belongs to the user. */
  readonly networkId: string | null;
  readonly fixedIps: readonly string[];
  /** null = the project's default group. */
  readonly securityGroups: readonly string[] | null;
  /** Name of the interface inside: `eth0`. */
  readonly device: string;
  /** Whether default routes go through it. */
  readonly primary: boolean;
}

export interface PortInfo {
  readonly id: string;
  readonly networkId: string;
  readonly projectId: string;
  readonly mac: string;
  readonly deviceId: string;
  readonly host: string;
  readonly status: 'ACTIVE' | 'BUILD' | 'DOWN' | 'ERROR';
  readonly fixedIps: readonly {
    readonly subnetId: string;
    readonly address: string;
    readonly version: 4 | 6;
  }[];
  readonly securityGroups: readonly string[];
  /** Whether it was made by the user and outlives its device. */
  readonly preserved: boolean;
  /** Name servers reachable from it, and the search domain. */
  readonly resolver: { readonly servers: readonly string[]; readonly domain: string };
}

/** What the metadata service tells an instance of itself. */
export interface InstanceMetadata {
  readonly id: string;
  readonly name: string;
  readonly hostname: string;
  readonly projectId: string;
  readonly availabilityZone: string;
  /** As the user gave it; null = none. */
  readonly userData: string | null;
  readonly keys: readonly { readonly name: string; readonly data: string }[];
  readonly meta: Readonly<Record<string, string>>;
}

/** What a service knows of a device of ports; undefined when it is none of its own. */
export type DescribeInstance = (deviceId: string) => Promise<InstanceMetadata | undefined>;
