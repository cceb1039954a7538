import { useText, type MessageKey } from '../../messages/messages.tsx';
import { textColumn } from '../../resources/columns.tsx';
import type { ResourceDefinition } from '../../resources/definition.ts';
import { restDelete, restVerbs } from '../../resources/rest.tsx';
import { GroupLink } from './links.tsx';
import { RULES } from './places.ts';
import { CreateSecurityRule } from './security-rule-form.tsx';
import { rangeText, type Version } from './rule-words.ts';

export interface SecurityRule {
  readonly id: string;
  readonly direction: 'ingress' | 'egress';
  readonly ethertype: Version;
  readonly protocol: string | null;
  readonly port_range_min: number | null;
  readonly port_range_max: number | null;
  readonly remote_ip_prefix: string | null;
  readonly remote_group_id: string | null;
  readonly description: string | null;
}

export const DIRECTIONS = {
  ingress: 'securityGroup.in',
  egress: 'securityGroup.out',
} as const satisfies Record<SecurityRule['direction'], MessageKey>;

function Direction({ of }: { readonly of: SecurityRule['direction'] }) {
  return useText()(DIRECTIONS[of]);
}

const Any = () => <span className="quiet">{useText()('securityGroup.any')}</span>;

/** Who is let through: an address, a group, or everybody. */
function Remote({
  rule: { remote_ip_prefix: prefix, remote_group_id: group },
}: {
  readonly rule: SecurityRule;
}) {
  if (group !== null) return <GroupLink id={group} />;
  return prefix === null ? <Any /> : <span className="mono">{prefix}</span>;
}

/** What a group lets in and out; every change holds at once. */
export const rulesOf = (group: string): ResourceDefinition<SecurityRule> => ({
  kind: 'security-group-rule',
  path: `/security-groups/${group}/rules`,
  title: 'securityGroup.rules',
  ...restVerbs<SecurityRule>({ ...RULES, query: { security_group_id: group } }),
  name: (rule) => `${rule.direction} ${rule.ethertype} ${rule.protocol ?? ''} ${rangeText(rule)}`,
  create: (props) => <CreateSecurityRule group={group} {...props} />,
  columns: [
    {
      title: 'securityGroup.direction',
      width: '80px',
      cell: ({ direction }) => <Direction of={direction} />,
    },
    {
      title: 'securityGroup.protocol',
      width: '1fr',
      cell: ({ ethertype, protocol }) => (
        <>
          {ethertype} {protocol ?? <Any />}
        </>
      ),
    },
    textColumn('securityGroup.ports', '1fr', rangeText),
    { title: 'securityGroup.remote', width: '1fr', cell: (rule) => <Remote rule={rule} /> },
    textColumn('column.description', '1fr', ({ description }) => description ?? ''),
  ],
  actions: [restDelete(RULES)],
});
