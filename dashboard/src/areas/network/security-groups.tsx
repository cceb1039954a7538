import { ResourceFacts } from '../../parts/resource-facts.tsx';
import { idColumn, nameColumn, textColumn, timeColumn } from '../../resources/columns.tsx';
import { CreateForm, type Field } from '../../resources/create-form.tsx';
import type { FormProps, ResourceDefinition } from '../../resources/definition.ts';
import { restCreate, restDelete, restVerbs, type RestPlace } from '../../resources/rest.tsx';
import { SecurityRules } from './security-rules.tsx';

const PATH = '/security-groups';
const PLACE: RestPlace = {
  service: 'network',
  path: '/v2.0/security-groups',
  collection: 'security_groups',
  member: 'security_group',
};

export interface SecurityRule {
  readonly id: string;
  readonly direction: 'ingress' | 'egress';
  readonly ethertype: string;
  readonly protocol: string | null;
  readonly port_range_min: number | null;
  readonly port_range_max: number | null;
  readonly remote_ip_prefix: string | null;
  readonly remote_group_id: string | null;
}

export interface SecurityGroup {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly security_group_rules: readonly SecurityRule[];
  readonly created_at: string;
}

const FIELDS: readonly Field[] = [
  { name: 'name', title: 'create.name', isRequired: true },
  { name: 'description', title: 'column.description' },
];

const CreateSecurityGroup = ({ close }: FormProps) => (
  <CreateForm
    kind="security-group"
    submit="list.create"
    fields={FIELDS}
    body={(values) => values}
    create={(caller, body) => restCreate<SecurityGroup>(caller, PLACE, body)}
    pathOf={({ id }) => `${PATH}/${id}`}
    close={close}
  />
);

export const securityGroups: ResourceDefinition<SecurityGroup> = {
  kind: 'security-group',
  path: PATH,
  title: 'page.securityGroups',
  ...restVerbs<SecurityGroup>(PLACE),
  name: ({ name }) => name,
  create: CreateSecurityGroup,
  columns: [
    nameColumn(
      PATH,
      ({ id }) => id,
      ({ name }) => name,
    ),
    textColumn('column.description', '1.4fr', ({ description }) => description),
    textColumn('securityGroup.rules', '90px', ({ security_group_rules: rules }) => String(rules.length)),
    timeColumn('column.created', ({ created_at: at }) => at),
    idColumn(({ id }) => id),
  ],
  actions: [restDelete(PLACE)],
  tabs: [
    { name: 'rules', title: 'securityGroup.rules', show: SecurityRules },
    { name: 'facts', title: 'workload.overview', show: ResourceFacts },
  ],
};
