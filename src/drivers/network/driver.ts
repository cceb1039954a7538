/**
 * What a network back end must do on one machine. Verbs are idempotent; names of outside things derive from ids.
 * A driver knows no API, database or tenant: the network service resolves security groups, gateways and addresses into
 * these specs.
 */
export interface NetworkDriver {
  readonly name: string;
  /** Looks whether this machine can run it. Never throws. */
  probe(): Promise<NetworkProbe>;
  /** Makes the network's switch on this machine, with its resolver and uplink, or changes it to the spec. */
  ensureNetwork(spec: NetworkSpec): Promise<void>;
  removeNetwork(id: string): Promise<void>;
  /** Makes the place a workload's ports go to. @returns the path of its network namespace. */
  ensureSandbox(id: string): Promise<string>;
  removeSandbox(id: string): Promise<void>;
  /** Connects a sandbox to a network: filter first, then link, addresses, routes. A changed spec changes the port in place. */
  plugPort(spec: PortSpec): Promise<void>;
  unplugPort(id: string): Promise<void>;
  ensureRouter(spec: RouterSpec): Promise<void>;
  removeRouter(id: string): Promise<void>;
  /** The members of every address group that rules name, whole: one atomic change. A group not given is empty. */
  setGroups(groups: readonly AddressGroup[]): Promise<void>;
  /** What is there now, found on the machine, not remembered. */
  inspect(): Promise<NetworkInventory>;
  /** Lets go of watchers; networks keep working. */
  close(): Promise<void>;
}

export interface NetworkProbe {
  readonly usable: boolean;
  /** Why not, and what mends it. */
  readonly reason?: string;
}

export interface AddressSpec {
  readonly address: string;
  readonly prefix: number;
}

export interface RouteSpec {
  readonly destination: string;
  readonly nexthop: string;
}

export interface NetworkSpec {
  readonly id: string;
  readonly mtu: number;
  /** Answers names of this network and passes other questions on. null = none. */
  readonly resolver: ResolverSpec | null;
  /** Where the machine itself has a foot in this network (an external network's gateway). null = none. */
  readonly uplink: UplinkSpec | null;
}

export interface ResolverSpec {
  readonly mac: string;
  readonly addresses: readonly AddressSpec[];
  readonly domain: string;
  readonly records: readonly { readonly name: string; readonly address: string }[];
  /** Upstream servers; empty = the machine's own. */
  readonly servers: readonly string[];
}

export interface UplinkSpec {
  readonly addresses: readonly AddressSpec[];
  /** Hide what comes from this network behind the machine's own address when it leaves the machine. */
  readonly masquerade: boolean;
}

export interface PortSpec {
  readonly id: string;
  readonly networkId: string;
  readonly sandboxId: string;
  /**
   * There is no sandbox: the far end stays on the machine, without addresses and down, for another program (Docker, a CNI
   * runtime) to take into a namespace of its own. `sandboxId` only says whose it is.
   */
  readonly handover?: true;
  /** Name inside the sandbox: `eth0`; of a port that is handed over, its name on the machine. */
  readonly device: string;
  readonly mac: string;
  readonly mtu: number;
  readonly addresses: readonly AddressSpec[];
  /** Default gateways, at most one per IP version; usually only the first port of a sandbox has them. */
  readonly gateways: readonly string[];
  readonly routes: readonly RouteSpec[];
  readonly up: boolean;
  /** null = port security off: anything goes. */
  readonly filter: FilterSpec | null;
}

export interface FilterSpec {
  /** Further MAC and IP pairs that this port may send from; an address may be a CIDR. */
  readonly allowedPairs: readonly { readonly mac: string; readonly address: string }[];
  /** What is not allowed by a rule is dropped. Replies to what was allowed always pass. */
  readonly rules: readonly FilterRule[];
}

export interface FilterRule {
  readonly direction: 'ingress' | 'egress';
  readonly ipVersion: 4 | 6;
  /** IANA number; null = any. */
  readonly protocol: number | null;
  /** Ports for TCP, UDP, SCTP; type and code for ICMP. */
  readonly portMin: number | null;
  readonly portMax: number | null;
  readonly remote: { readonly cidr: string } | { readonly group: string } | null;
}

export interface AddressGroup {
  readonly id: string;
  readonly addresses: readonly string[];
}

/** A router in a namespace of its own. */
export interface RouterSpec {
  readonly id: string;
  readonly up: boolean;
  readonly interfaces: readonly RouterInterface[];
  readonly gateway: RouterGateway | null;
  readonly floatingIps: readonly FloatingIpSpec[];
  readonly routes: readonly RouteSpec[];
}

export interface RouterInterface {
  readonly portId: string;
  readonly networkId: string;
  readonly mac: string;
  readonly mtu: number;
  readonly addresses: readonly AddressSpec[];
}

export interface RouterGateway extends RouterInterface {
  /** Next hops out, at most one per IP version. */
  readonly nexthops: readonly string[];
  /** Hide IPv4 from inside behind the gateway's address. */
  readonly snat: boolean;
}

export interface FloatingIpSpec {
  readonly id: string;
  readonly external: string;
  readonly fixed: string;
}

export interface NetworkInventory {
  readonly networks: readonly string[];
  readonly sandboxes: readonly string[];
  readonly ports: readonly string[];
  readonly routers: readonly string[];
}
