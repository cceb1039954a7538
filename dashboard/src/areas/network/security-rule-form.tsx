import { useText } from '../../messages/messages.tsx';
import type { Values } from '../../parts/values.ts';
import { CreateForm, type Field } from '../../resources/create-form.tsx';
import type { FormProps } from '../../resources/definition.ts';
import { restCreate } from '../../resources/rest.tsx';
import { groupChoices } from './choices.ts';
import { RULES } from './places.ts';
import { rangeOf } from './rule-words.ts';
import { DIRECTIONS, type SecurityRule } from './security-rules.tsx';
import { versionOf } from './words.ts';

const PROTOCOLS = ['tcp', 'udp', 'icmp', 'sctp', 'udplite', 'gre', 'esp', 'ah', 'igmp', 'ospf', 'vrrp'];
const same = (value: string) => ({ value, label: value });

const FIELDS: readonly Field[] = [
  {
    name: 'protocol',
    title: 'securityGroup.protocol',
    kind: 'choice',
    initial: 'tcp',
    options: async () => PROTOCOLS.map(same),
  },
  {
    name: 'port_range_min',
    title: 'securityGroup.ports',
    placeholder: '443, 8000–8100, https, echo-request',
  },
  { name: 'remote_ip_prefix', title: 'securityGroup.remoteAddress', placeholder: '0.0.0.0/0' },
  {
    name: 'remote_group_id',
    title: 'securityGroup.remoteGroup',
    kind: 'choice',
    options: groupChoices,
  },
  {
    name: 'ethertype',
    title: 'securityGroup.version',
    kind: 'choice',
    initial: 'IPv4',
    options: async () => ['IPv4', 'IPv6'].map(same),
  },
  { name: 'description', title: 'column.description' },
];

function ruleOf(group: string, { port_range_min: words, ethertype: said, ...rest }: Values) {
  const { direction = 'ingress', protocol = null, remote_ip_prefix: prefix } = rest;
  const version = prefix === undefined ? said : `IPv${versionOf(prefix)}`;
  const ethertype = version === 'IPv6' ? 'IPv6' : 'IPv4';
  return {
    security_group_id: group,
    ...rest,
    direction,
    ethertype,
    ...(words !== undefined && rangeOf(words, { ethertype, protocol })),
  };
}

export function CreateSecurityRule({ group, close }: FormProps & { readonly group: string }) {
  const text = useText();
  const direction: Field = {
    name: 'direction',
    title: 'securityGroup.direction',
    kind: 'choice',
    isRequired: true,
    initial: 'ingress',
    options: async () =>
      (['ingress', 'egress'] as const).map((value) => ({ value, label: text(DIRECTIONS[value]) })),
  };
  return (
    <CreateForm
      kind="security-group-rule"
      submit="securityGroup.add"
      fields={[direction, ...FIELDS]}
      schema={async () =>
        (await import('../../../../src/services/network/schema/security-group.ts')).CreateRule
      }
      body={(values) => ruleOf(group, values)}
      create={(caller, body) => restCreate<SecurityRule>(caller, RULES, body)}
      close={close}
    />
  );
}
