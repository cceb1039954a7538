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
  /** Every port on another machine that this machine's networks reach, whole. Those of a network that is made later are kept for it. */
  setRemotes(remotes: readonly RemoteSpec[]): Promise<void>;
  /** What is there now, found on the machine, not remembered. */
  inspect(): Promise<NetworkInventory>;
  /** Lets go of watchers; networks keep working. */
  close(): Promise<void>;
  /** Answers workloads at 169.254.169.254 and fe80::a9fe:a9fe, on each network whose spec says so. */
  readonly metadata?: MetadataAbility;
}

export interface MetadataAbility {
  /** From now on questions go to `answer`; before, they get 503. */
  serve(answer: MetadataHandler): void;
}

/** @throws nothing that the caller of the HTTP request may see: whatever it throws is a 500. */
export type MetadataHandler = (request: MetadataRequest) => Promise<MetadataAnswer>;

/** One HTTP request of a workload. Who it is, network and source address tell: the filter lets nobody use another's. */
export interface MetadataRequest {
  readonly networkId: string;
  /** IPv4, or the link-local IPv6 address of the port's MAC. */
  readonly source: string;
  readonly method: string;
  /** As sent, with the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface MetadataAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export interface NetworkProbe {
  readonly usable: boolean;
  /** Why not, and what mends it. */
  readonly reason?: string;
  /** Segments that this machine is configured for and cannot carry: why not, and what mends it. */
  readonly lacks?: Readonly<Partial<Record<SegmentSpec['type'], string>>>;
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
  /** What joins it to the same network elsewhere. null = it is on this machine alone. */
  readonly segment: SegmentSpec | null;
  /** Answers names of this network and passes other questions on. null = none. */
  readonly resolver: ResolverSpec | null;
  /** Where the machine itself has a foot in this network (an external network's gateway). null = none. */
  readonly uplink: UplinkSpec | null;
  /** What ports that ask for it are told by DHCP: a line per subnet that has it on. Needs a resolver. */
  readonly dhcp: readonly DhcpSubnetSpec[];
  /** Whether the metadata service answers here. Needs a resolver. */
  readonly metadata: boolean;
}

/** A tunnel between machines, whose entries are `RemoteSpec`s; or a physical interface of the machine, by its name in the configuration. */
export type SegmentSpec =
  | { readonly type: 'vxlan'; readonly id: number }
  | { readonly type: 'flat'; readonly physicalNetwork: string }
  | { readonly type: 'vlan'; readonly physicalNetwork: string; readonly id: number };

/**
 * IPv4 is `stateful`. Of IPv6: `stateful` = addresses by DHCPv6; `stateless` = addresses by the router's advertisement, the rest
 * by DHCPv6. A subnet with addresses by advertisement alone (SLAAC) has no line here: its router tells.
 */
export interface DhcpSubnetSpec {
  readonly cidr: string;
  readonly mode: 'stateful' | 'stateless';
  /** IPv4 only: in IPv6 the router says so itself. */
  readonly gateway: string | null;
  /** Empty = the network's resolver. */
  readonly dnsServers: readonly string[];
  readonly routes: readonly RouteSpec[];
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
  /**
   * It is plugged to a bridge of the machine itself that somebody else rules, Neutron's Linux bridge agent: as `tap` and the
   * id's first eleven characters, and without filter, limits and DHCP of ours. Its network is none that we make.
   */
  readonly outside?: { readonly bridge: string };
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
  readonly bandwidth: BandwidthSpec;
  /** What the network's DHCP tells this port; then the driver gives the device no addresses and routes itself. null = it does not ask. */
  readonly dhcp: DhcpPortSpec | null;
}

/** Limits as the workload sees them: ingress is what it gets. null = none. */
export interface BandwidthSpec {
  readonly ingress: RateSpec | null;
  readonly egress: RateSpec | null;
}

export const UNLIMITED: BandwidthSpec = { ingress: null, egress: null };

export interface RateSpec {
  /** Kilobits (1,000 bits) a second. */
  readonly kbps: number;
  /** Kilobits that may come at once; 0 = the driver's choice. */
  readonly burstKbits: number;
}

export interface DhcpPortSpec {
  readonly hostname: string | null;
  /** `extra_dhcp_opts`: a number, or a name as dnsmasq has it. */
  readonly options: readonly { readonly ipVersion: 4 | 6; readonly name: string; readonly value: string }[];
}

/** A port of one of this machine's networks that is on another machine. */
export interface RemoteSpec {
  /** The port's id. */
  readonly id: string;
  readonly networkId: string;
  readonly mac: string;
  /** Single addresses that it answers for. */
  readonly addresses: readonly string[];
  /** The address of its machine to which tunnels go. */
  readonly node: string;
}

export interface FilterSpec {
  /** Further MAC and IP pairs that this port may send from; an address may be a CIDR. */
  readonly allowedPairs: readonly { readonly mac: string; readonly address: string }[];
  /** What is not allowed by a rule is dropped. */
  readonly rules: readonly FilterRule[];
  /** Answers to what is allowed pass. false = only what a rule allows, in each direction. */
  readonly stateful: boolean;
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
  readonly portForwardings: readonly PortForwardingSpec[];
  readonly routes: readonly RouteSpec[];
}

export interface RouterInterface {
  readonly portId: string;
  readonly networkId: string;
  readonly mac: string;
  readonly mtu: number;
  readonly addresses: readonly AddressSpec[];
  /** The IPv6 networks that the router advertises here. */
  readonly advertise: readonly AdvertiseSpec[];
}

export interface AdvertiseSpec {
  readonly cidr: string;
  /** How hosts get their address: `ipv6_ra_mode`. */
  readonly mode: 'slaac' | 'stateless' | 'stateful';
  readonly dnsServers: readonly string[];
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

/** Ports of one external address, each side a range of one length, led to a workload. */
export interface PortForwardingSpec {
  readonly id: string;
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  readonly external: string;
  readonly externalPorts: PortRange;
  readonly fixed: string;
  readonly fixedPorts: PortRange;
}

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

export interface NetworkInventory {
  readonly networks: readonly string[];
  readonly sandboxes: readonly string[];
  readonly ports: readonly string[];
  readonly routers: readonly string[];
}
