import type { Ctx } from '#kernel/context.ts';
import type { CloudError } from '#kernel/errors.ts';
import { nameUuid } from '#kernel/ids.ts';
import { formatCidr, parseNetwork } from './addresses.ts';
import { networkError, invalid, refused } from './errors.ts';
import { newStandard, type Standard } from './standard.ts';

export interface SecurityGroup extends Standard {
  readonly stateful: boolean;
  readonly generation: number;
}

export interface SecurityGroupRule extends Standard {
  readonly securityGroupId: string;
  readonly direction: 'ingress' | 'egress';
  readonly ethertype: 'IPv4' | 'IPv6';
  /** As the user wrote it: a name or a number; null = any. */
  readonly protocol: string | null;
  readonly portRangeMin: number | null;
  readonly portRangeMax: number | null;
  readonly remoteIpPrefix: string | null;
  readonly remoteGroupId: string | null;
  readonly remoteAddressGroupId: string | null;
}

/** What rules of every kind of group say. */
export type RuleTerms = Omit<SecurityGroupRule, keyof Standard | 'securityGroupId'>;

/** A rule that new groups start with. The remote group `PARENT` is the group itself. */
export interface DefaultRule extends Standard, RuleTerms {
  readonly usedInDefaultSg: boolean;
  readonly usedInNonDefaultSg: boolean;
}

export const PARENT = 'PARENT';

export const DEFAULT_GROUP = 'default';
const NAMESPACE = '5a3d8f0e-2c41-4b8e-9d67-1f0b6a7c9e52';

/** Always the same for a project, so that two calls at once cannot make two. */
export const defaultGroupId = (projectId: string): string =>
  nameUuid(NAMESPACE, `default-group:${projectId}`);

export const groupNotFound = (id: string): CloudError =>
  networkError('not-found', 'SecurityGroupNotFound', `Security group ${id} does not exist`);
export const ruleNotFound = (id: string): CloudError =>
  networkError('not-found', 'SecurityGroupRuleNotFound', `Security group rule ${id} does not exist`);
export const groupInUse = (id: string): CloudError =>
  refused('SecurityGroupInUse', `Security Group ${id} in use.`);
export const defaultRuleNotFound = (id: string): CloudError =>
  networkError(
    'not-found',
    'DefaultSecurityGroupRuleNotFound',
    `Default Security Group rule ${id} does not exist.`,
  );
export const ruleExists = (id: string): CloudError =>
  refused('SecurityGroupRuleExists', `Security group rule already exists. Rule id is ${id}.`);

/** IANA numbers of the names Neutron knows. */
const PROTOCOLS: Readonly<Record<string, number>> = {
  ah: 51,
  dccp: 33,
  egp: 8,
  esp: 50,
  gre: 47,
  icmp: 1,
  icmpv6: 58,
  igmp: 2,
  ipip: 4,
  'ipv6-encap': 41,
  'ipv6-frag': 44,
  'ipv6-icmp': 58,
  'ipv6-nonxt': 59,
  'ipv6-opts': 60,
  'ipv6-route': 43,
  ospf: 89,
  pgm: 113,
  rsvp: 46,
  sctp: 132,
  tcp: 6,
  udp: 17,
  udplite: 136,
  vrrp: 112,
};
const WITH_PORTS = new Set([6, 17, 33, 132, 136]);
const ICMP = new Set([1, 58]);

/** The IANA number; null = any. ICMP means that of the rule's own version. @throws CloudError for unknown names. */
export function protocolNumber(protocol: string | null, ethertype: string): number | null {
  const name = protocol?.toLowerCase() ?? 'any';
  if (name === 'any') return null;
  if (name === 'icmp' && ethertype === 'IPv6') return 58;
  const number = /^\d{1,3}$/.test(name) ? Number(name) : PROTOCOLS[name];
  if (number === undefined || number > 255)
    throw networkError(
      'bad-request',
      'SecurityGroupRuleInvalidProtocol',
      `Security group rule protocol ${protocol} not supported. Only protocol values ${Object.keys(PROTOCOLS).join(', ')} and integer representations [0 to 255] are supported.`,
    );
  return number;
}

/** @throws CloudError where protocol, ports, prefix and version do not go together. */
export function assertRule(rule: RuleTerms): void {
  const number = protocolNumber(rule.protocol, rule.ethertype);
  const remotes = [rule.remoteIpPrefix, rule.remoteGroupId, rule.remoteAddressGroupId];
  if (remotes.filter((remote) => remote !== null).length > 1)
    throw networkError(
      'bad-request',
      'SecurityGroupMultipleRemoteTypes',
      'Only one of remote_ip_prefix, remote_group_id and remote_address_group_id may be provided.',
    );
  if (rule.remoteIpPrefix !== null && `IPv${parseNetwork(rule.remoteIpPrefix).version}` !== rule.ethertype)
    throw networkError(
      'bad-request',
      'SecurityGroupRuleParameterConflict',
      `Conflicting value ethertype ${rule.ethertype} for CIDR ${rule.remoteIpPrefix}`,
    );
  if (number === 58 && rule.ethertype === 'IPv4')
    throw networkError(
      'bad-request',
      'SecurityGroupEthertypeConflictWithProtocol',
      `Invalid ethertype ${rule.ethertype} for protocol ${rule.protocol}.`,
    );
  assertPorts(rule, number);
}

function assertPorts({ portRangeMin: min, portRangeMax: max }: RuleTerms, number: number | null): void {
  if (min === null && max === null) return;
  if (number === null)
    throw networkError(
      'bad-request',
      'SecurityGroupProtocolRequiredWithPorts',
      'Must also specify protocol if port range is given.',
    );
  if (ICMP.has(number)) return assertIcmp(min, max);
  const bad = [min, max].find((port) => port !== null && (port < 0 || port > 65_535));
  if (bad !== undefined)
    throw networkError('bad-request', 'SecurityGroupInvalidPortValue', `Invalid value for port ${bad}`);
  if (!WITH_PORTS.has(number)) throw invalid(`A port range cannot be given for protocol ${number}.`);
  if (min === null || max === null || min > max || (number !== 132 && min === 0 && max === 0))
    throw networkError(
      'bad-request',
      'SecurityGroupInvalidPortRange',
      'For TCP/UDP protocols, port_range_min must be <= port_range_max',
    );
}

function assertIcmp(type: number | null, code: number | null): void {
  assertIcmpValue('type (port-range-min)', type);
  assertIcmpValue('code (port-range-max)', code);
  if (type === null && code !== null)
    throw networkError(
      'bad-request',
      'SecurityGroupMissingIcmpType',
      `ICMP code (port-range-max) ${code} is provided but ICMP type (port-range-min) is missing.`,
    );
}

function assertIcmpValue(field: string, value: number | null): void {
  if (value !== null && (value < 0 || value > 255))
    throw networkError(
      'bad-request',
      'SecurityGroupInvalidIcmpValue',
      `Invalid value for ICMP ${field} ${value}. It must be 0 to 255.`,
    );
}

/** The prefix with its host bits dropped. */
export const normalizedCidr = (rule: RuleTerms): string | null =>
  rule.remoteIpPrefix === null ? null : formatCidr(parseNetwork(rule.remoteIpPrefix));

const SIGNIFICANT = [
  'direction',
  'ethertype',
  'protocol',
  'portRangeMin',
  'portRangeMax',
  'remoteIpPrefix',
  'remoteGroupId',
  'remoteAddressGroupId',
] as const;
/** Whether they say the same, of whatever group. */
export const sameRule = (a: RuleTerms, b: RuleTerms): boolean =>
  SIGNIFICANT.every((key) => a[key] === b[key]);

const termsOf = (rule: RuleTerms): RuleTerms => ({
  direction: rule.direction,
  ethertype: rule.ethertype,
  protocol: rule.protocol,
  portRangeMin: rule.portRangeMin,
  portRangeMax: rule.portRangeMax,
  remoteIpPrefix: rule.remoteIpPrefix,
  remoteGroupId: rule.remoteGroupId,
  remoteAddressGroupId: rule.remoteAddressGroupId,
});

/** What a new group starts with. */
export const firstRules = (
  ctx: Ctx,
  group: SecurityGroup,
  defaults: readonly DefaultRule[],
): SecurityGroupRule[] =>
  defaults.map((rule) => ({
    ...newStandard(ctx, group.projectId, { description: rule.description }),
    ...termsOf(rule),
    securityGroupId: group.id,
    remoteGroupId: rule.remoteGroupId === PARENT ? group.id : rule.remoteGroupId,
  }));
