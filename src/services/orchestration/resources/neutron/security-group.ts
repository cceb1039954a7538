import { badRequest } from '#kernel/errors.ts';
import { textOf, type Json, type JsonMap } from '../../template/json.ts';
import type { ResourceRun } from '../resource-type.ts';
import { Things } from '../rest/collection.ts';
import { wired, type Fields } from '../rest/field.ts';
import { between, flag, listOf, LIVE, mapOf, NEEDED, oneOf, ref, text } from '../rest/fields.ts';
import { SECURITY_GROUP_RULES, SECURITY_GROUPS } from './collections.ts';
import { COMMON, neutronType } from './neutron-type.ts';

const DIRECTION = oneOf(['ingress', 'egress'], 'Where the packets go.', { default: 'ingress' });
const ETHER = oneOf(['IPv4', 'IPv6'], 'The version of IP.', { default: 'IPv4' });
const PORT = (description: string) => between(0, 65535, description);
const PREFIX = text('The addresses of the other side.', { constraints: [{ custom_constraint: 'net_cidr' }] });

const RULE: Fields = {
  direction: DIRECTION,
  description: text('Any text.'),
  ethertype: ETHER,
  port_range_min: PORT('The first port.'),
  port_range_max: PORT('The last port.'),
  protocol: text('The protocol.'),
  remote_mode: oneOf(['remote_ip_prefix', 'remote_group_id'], 'What tells the other side.', {
    default: 'remote_ip_prefix',
    wire: null,
  }),
  remote_group_id: ref(SECURITY_GROUPS, 'The group of the other side.'),
  remote_ip_prefix: PREFIX,
};

export const securityGroup = neutronType({
  name: 'OS::Neutron::SecurityGroup',
  description: 'What may come to machines, and what may go from them.',
  collection: SECURITY_GROUPS,
  fields: {
    ...COMMON,
    name: text('Its name.', { ...LIVE, constraints: [{ allowed_pattern: '(?!default$).*' }] }),
    description: text('Any text.', { ...LIVE, reset: '' }),
    stateful: flag('Whether answers are let through.', LIVE),
    rules: listOf(mapOf(RULE), 'The rules.', { ...LIVE, default: [], wire: null }),
  },
  attributes: { name: 'Name of the group.', stateful: 'Whether answers are let through.' },
  complete: async (run, id, changed) => {
    if (changed?.has('rules') ?? true) await bringRules(run, id, await wantedRules(run, id));
  },
});

const EVERYTHING_OUT: readonly JsonMap[] = ['IPv4', 'IPv6'].map((ethertype) => ({
  direction: 'egress',
  ethertype,
}));

/** Exactly these rules; without one for the way out, everything may go out. */
export async function bringRules(run: ResourceRun, id: string, given: readonly JsonMap[]): Promise<void> {
  const goesOut = given.some(({ direction }) => direction === 'egress');
  const wanted = new Map([...given, ...(goesOut ? [] : EVERYTHING_OUT)].map((rule) => [keyOf(rule), rule]));
  const rules = new Things(run.cloud, SECURITY_GROUP_RULES);
  const there = await rules.list({ security_group_id: id });
  const known = new Set(there.map(keyOf));
  const surplus = there.filter((rule) => !wanted.has(keyOf(rule)));
  await Promise.all(surplus.map((rule) => rules.remove(rules.idIn(rule))));
  const missing = [...wanted].flatMap(([key, rule]) => (known.has(key) ? [] : [rule]));
  await Promise.all(missing.map((rule) => rules.create({ ...rule, security_group_id: id })));
}

async function wantedRules({ properties, cloud }: ResourceRun, id: string): Promise<readonly JsonMap[]> {
  const given = (properties['rules'] ?? []) as readonly JsonMap[];
  return Promise.all(
    given.map(async (rule) => {
      const sent = await wired(RULE, rule, cloud);
      const byGroup = rule['remote_mode'] === 'remote_group_id';
      return byGroup ? { ...sent, remote_group_id: sent['remote_group_id'] ?? id } : sent;
    }),
  );
}

const TERMS = ['direction', 'ethertype', 'protocol', 'port_range_min', 'port_range_max', 'remote_group_id'];

/** What makes two rules the same. */
const keyOf = (rule: JsonMap): string =>
  JSON.stringify([...TERMS.map((term) => lower(rule[term])), lower(wholeWorld(rule['remote_ip_prefix']))]);

const lower = (value: Json | undefined): string => textOf(value ?? '').toLowerCase();
const wholeWorld = (prefix: Json | undefined): Json =>
  prefix === '0.0.0.0/0' || prefix === '::/0' ? null : (prefix ?? null);

export const securityGroupRule = neutronType({
  name: 'OS::Neutron::SecurityGroupRule',
  description: 'One rule of a security group that is made elsewhere.',
  collection: SECURITY_GROUP_RULES,
  mark: null,
  fields: {
    security_group: ref(SECURITY_GROUPS, 'The group of the rule.', { ...NEEDED, wire: 'security_group_id' }),
    description: text('Any text.', { default: '' }),
    direction: DIRECTION,
    ethertype: ETHER,
    protocol: text('The protocol, by name or number; `any` for all.', { default: 'tcp' }),
    port_range_min: PORT('The first port.'),
    port_range_max: PORT('The last port.'),
    remote_group: ref(SECURITY_GROUPS, 'The group of the other side.', { wire: 'remote_group_id' }),
    remote_ip_prefix: PREFIX,
  },
  shape(body, { properties: { remote_group: group, remote_ip_prefix: prefix } }) {
    if (group !== undefined && prefix !== undefined)
      throw badRequest(
        'Cannot define the following properties at the same time: remote_ip_prefix, remote_group.',
        {
          code: 'StackValidationFailed',
        },
      );
    return body['protocol'] === 'any' ? { ...body, protocol: null } : body;
  },
});
