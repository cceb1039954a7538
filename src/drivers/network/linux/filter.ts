import type { AddressSpec, FilterRule, FilterSpec } from '../driver.ts';
import { canonicalCidr, disjoint, hexRange, isIPv6, linkLocal, versionOf } from '../addresses.ts';

/**
 * The port filter as nftables text: pure, and each text may be loaded again and again.
 *
 * Each network has a namespace of its own, so these tables see one network only. A frame between two ends of the
 * bridge meets, keyed by real device through maps (never a list over all ports):
 *
 *   bridge prerouting   guard-<device>   drops what the sender may not claim to be, before the bridge learns the MAC
 *   inet   prerouting   label            conntrack knows it (br_netfilter brought it there): mark 1 = an answer to what was allowed
 *   bridge forward      from-<device>    what the sender may send; passes on to `deliver`
 *                       to-<device>      what the receiver may get
 *
 * Every rule that a packet passes costs it some 30 ns: so what most packets are (IPv4, answers, what the rules allow) comes first, and
 * ARP, neighbour discovery and DHCP last.
 *
 * Law: a device that no map knows can say and hear nothing, so neither a half-made port nor a race lets anything through.
 * Law: what is not an answer is judged by the rules packet by packet, also in the midst of a connection. So one whose rule goes,
 * or whose peer leaves the group, ends with the next packet of the side that began it, and all others live on.
 * (Conntrack inside the bridge family would need a kernel option that many machines lack.)
 */

const TABLE = 'bridge hydria';
const ANSWER = 'meta mark 1';
const FROM_DHCP_SERVER = 'udp sport . udp dport { 67 . 68, 547 . 546 }';
const FROM_DHCP_CLIENT = 'udp sport . udp dport { 68 . 67, 546 . 547 }';
const ROUTER_CLAIMS = 'icmpv6 type { nd-router-advert, nd-redirect }';
const MLD_REPORTS = 'mld-listener-report, mld-listener-reduction, mld2-listener-report';
const DISCOVERY_OUT = `icmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert, ${MLD_REPORTS} }`;
const DISCOVERY_IN =
  'icmpv6 type { mld-listener-query, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert }';
/** What an IPv6 host says before it has an address. */
const UNSPECIFIED = `icmpv6 type { nd-router-solicit, nd-neighbor-solicit, ${MLD_REPORTS} }`;

const ICMP = 1;
const ICMP_V6 = 58;

/** What all ports of a network share. */
export function baseRules(): string {
  return lines([
    `add table ${TABLE}`,
    ...['guard', 'from', 'to'].map((map) => `add map ${TABLE} ${map} { type ifname : verdict; }`),
    ...chain('prerouting', ['meta mark set 0', 'iifname vmap @guard'], 'hook prerouting priority -300'),
    ...chain('forward', ['iifname vmap @from'], 'hook forward priority filter'),
    ...chain('input', [], 'hook input priority filter'),
    ...chain('deliver', ['oifname vmap @to', 'drop']),
    ...chain('lies', [`${FROM_DHCP_SERVER} drop`, `${ROUTER_CLAIMS} drop`]),
    `add map ${TABLE} liars { type inet_proto : verdict; }`,
    `add element ${TABLE} liars { udp : jump lies, icmpv6 : jump lies }`,
    ...chain('announce', [
      'ether type arp goto deliver',
      `${DISCOVERY_OUT} goto deliver`,
      `${FROM_DHCP_CLIENT} goto deliver`,
    ]),
    ...chain('hear', ['ether type arp accept', `${DISCOVERY_IN} accept`, `${FROM_DHCP_SERVER} accept`]),
    'add table inet hydria',
    'add chain inet hydria label { type filter hook prerouting priority filter; policy accept; }',
    'flush chain inet hydria label',
    'add rule inet hydria label ct state related meta mark set 1',
    'add rule inet hydria label ct state established ct direction reply meta mark set 1',
  ]);
}

export interface FilteredPort {
  readonly device: string;
  readonly mac: string;
  readonly addresses: readonly AddressSpec[];
  readonly filter: FilterSpec | null;
}

/** Makes or replaces the rules of one port. The sets of the groups it names must be loaded before or with it. */
export function portRules({ device, mac, addresses, filter }: FilteredPort): string {
  const own = addresses.map(({ address }) => ({ mac, address }));
  return lines([
    ...chain(`guard-${device}`, filter ? guard(mac, [...own, ...filter.allowedPairs]) : ['accept']),
    ...chain(`from-${device}`, filter ? leaving(filter) : ['goto deliver']),
    ...chain(`to-${device}`, filter ? arriving(filter) : ['accept']),
    ...MAPS.map((map) => `add element ${TABLE} ${map} { ${entry(map, device)} }`),
  ]);
}

/** Takes a port's rules away, whether they are there or not. */
export function portRemoval(device: string): string {
  return lines(
    MAPS.flatMap((map) => [
      `add chain ${TABLE} ${map}-${device}`,
      `add element ${TABLE} ${map} { ${entry(map, device)} }`,
      `delete element ${TABLE} ${map} { ${entry(map, device)} }`,
      `flush chain ${TABLE} ${map}-${device}`,
      `delete chain ${TABLE} ${map}-${device}`,
    ]),
  );
}

/** The ids of the groups that a filter's rules name. */
export function groupsOf(filter: FilterSpec | null): string[] {
  const names = (filter?.rules ?? []).flatMap(({ remote }) =>
    remote && 'group' in remote ? [remote.group] : [],
  );
  return [...new Set(names)];
}

/** Makes the sets of a group. @param members undefined leaves those of a group that is there. */
export function groupRules(id: string, members: readonly string[] | undefined): string {
  return lines(
    sides(id, members ?? []).flatMap(({ set, version, cidrs }) => [
      `add set ${set} { type ipv${version}_addr; flags interval; }`,
      ...(members ? [`flush set ${set}`] : []),
      ...elements('add', set, cidrs),
    ]),
  );
}

/** Turns the sets of a group that is there from the members before into those now: the difference alone. */
export function groupChange(id: string, before: readonly string[], now: readonly string[]): string {
  const [old, wanted] = [sides(id, before), sides(id, now)];
  return lines(
    wanted.flatMap(({ set, cidrs }, index) => {
      const held = old[index]?.cidrs ?? [];
      const [kept, keep] = [new Set(held), new Set(cidrs)];
      return [
        ...elements(
          'delete',
          set,
          held.filter((cidr) => !keep.has(cidr)),
        ),
        ...elements(
          'add',
          set,
          cidrs.filter((cidr) => !kept.has(cidr)),
        ),
      ];
    }),
  );
}

const sides = (id: string, members: readonly string[]) =>
  ([4, 6] as const).map((version) => ({
    version,
    set: `${TABLE} ${groupSet(version, id)}`,
    cidrs: disjoint(members.filter((member) => versionOf(member) === version)),
  }));

const elements = (verb: 'add' | 'delete', set: string, cidrs: readonly string[]): string[] =>
  cidrs.length > 0 ? [`${verb} element ${set} { ${cidrs.join(', ')} }`] : [];

/** The id of the group that a set belongs to. */
export const groupOfSet = (name: string): string | undefined => /^g[46]-(.+)$/.exec(name)?.[1];

const MAPS = ['guard', 'from', 'to'] as const;
const entry = (map: string, device: string): string => `"${device}" : goto ${map}-${device}`;
const groupSet = (version: 4 | 6, id: string): string => `g${version}-${id}`;

/** What a port may claim to be: each MAC with its addresses, in IP, ARP and neighbour advertisements. */
function guard(mac: string, pairs: readonly { mac: string; address: string }[]): string[] {
  const macs = [...new Set([mac, ...pairs.map((pair) => pair.mac)].map((text) => text.toLowerCase()))];
  const claims = macs.flatMap((sender) => {
    const claimed = pairs.filter((pair) => pair.mac.toLowerCase() === sender).map((pair) => pair.address);
    return identity(sender, disjoint([...claimed, linkLocal(sender)]));
  });
  return [...claims, 'drop'];
}

function identity(mac: string, cidrs: readonly string[]): string[] {
  const sender = `ether saddr ${mac}`;
  const arp = `${sender} arp saddr ether ${mac} arp saddr ip`;
  const [four, six] = [cidrs.filter((cidr) => !isIPv6(cidr)), cidrs.filter(isIPv6)];
  return [
    ...(four.length > 0 ? [`${sender} ip saddr { ${four.join(', ')} } accept`] : []),
    // The target of an advertisement, 8 bytes into ICMPv6; nft has no name for it everywhere.
    `${sender} icmpv6 type nd-neighbor-advert @th,64,128 != { ${six.map(numbers).join(', ')} } drop`,
    `${sender} ip6 saddr { ${six.join(', ')} } accept`,
    `${sender} ip6 saddr :: ${UNSPECIFIED} accept`,
    `${sender} ip saddr 0.0.0.0 udp sport . udp dport { 68 . 67 } accept`,
    `${arp} { ${['0.0.0.0', ...four.filter((cidr) => cidr !== '0.0.0.0/0')].join(', ')} } accept`,
    ...(four.includes('0.0.0.0/0') ? [`${sender} ether type arp accept`] : []),
  ];
}

function numbers(cidr: string): string {
  const { first, last } = hexRange(cidr);
  return first === last ? first : `${first}-${last}`;
}

/** What nobody may claim goes even where it answers. */
const leaving = ({ rules, stateful }: FilterSpec): string[] => [
  'meta l4proto vmap @liars',
  ...(stateful ? [`${ANSWER} goto deliver`] : []),
  ...matches(rules, 'egress').map((match) => `${match} goto deliver`),
  'jump announce',
  'drop',
];

const arriving = ({ rules, stateful }: FilterSpec): string[] => [
  ...(stateful ? [`${ANSWER} accept`] : []),
  ...matches(rules, 'ingress').map((match) => `${match} accept`),
  'jump hear',
  'drop',
];

const matches = (rules: readonly FilterRule[], direction: FilterRule['direction']): string[] => [
  ...new Set(rules.filter((rule) => rule.direction === direction).map(ruleMatch)),
];

function ruleMatch(rule: FilterRule): string {
  return `ether type ${rule.ipVersion === 4 ? 'ip' : 'ip6'}${protocolMatch(rule)}${remoteMatch(rule)}`;
}

/** With a blank before it, as all parts of a match. */
function protocolMatch({ protocol, ipVersion, portMin, portMax }: FilterRule): string {
  if (protocol === null) return '';
  if (protocol === ICMP || protocol === ICMP_V6) return icmpMatch(ipVersion, portMin, portMax);
  if (portMin === null && portMax === null) return ` meta l4proto ${protocol}`;
  const [first, last] = [portMin ?? 0, portMax ?? portMin ?? 65_535];
  return ` meta l4proto ${protocol} th dport ${first === last ? first : `${first}-${last}`}`;
}

/** OpenStack lets `icmp` mean ICMPv6 in an IPv6 rule. */
function icmpMatch(ipVersion: 4 | 6, type: number | null, code: number | null): string {
  const name = ipVersion === 4 ? 'icmp' : 'icmpv6';
  if (type === null) return ` meta l4proto ${ipVersion === 4 ? ICMP : ICMP_V6}`;
  return ` ${name} type ${type}${code === null ? '' : ` ${name} code ${code}`}`;
}

function remoteMatch({ direction, ipVersion, remote }: FilterRule): string {
  if (remote === null) return '';
  const field = ` ${ipVersion === 4 ? 'ip' : 'ip6'} ${direction === 'ingress' ? 'saddr' : 'daddr'}`;
  return `${field} ${'group' in remote ? `@${groupSet(ipVersion, remote.group)}` : canonicalCidr(remote.cidr)}`;
}

/** Makes or replaces a chain. @param hook for one that starts by itself; it drops what its rules do not decide. */
function chain(name: string, rules: readonly string[], hook = ''): string[] {
  return [
    `add chain ${TABLE} ${name}${hook && ` { type filter ${hook}; policy drop; }`}`,
    `flush chain ${TABLE} ${name}`,
    ...rules.map((rule) => `add rule ${TABLE} ${name} ${rule}`),
  ];
}

const lines = (rules: readonly string[]): string => (rules.length === 0 ? '' : `${rules.join('\n')}\n`);
