import { IconPencil } from '@tabler/icons-react';
import { useMemo } from 'react';
import { ResourceFacts } from '../../parts/resource-facts.tsx';
import { idColumn, nameColumn, textColumn, timeColumn } from '../../resources/columns.tsx';
import { CreateForm, type Field } from '../../resources/create-form.tsx';
import type { FormProps, ItemFormProps, ResourceDefinition } from '../../resources/definition.ts';
import { PartList } from '../../resources/part-list.tsx';
import { restCreate, restDelete, restUpdate, restVerbs } from '../../resources/rest.tsx';
import { GROUPS } from './places.ts';
import { rulesOf, type SecurityRule } from './security-rules.tsx';

const PATH = '/security-groups';

export interface SecurityGroup {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly stateful: boolean;
  readonly security_group_rules: readonly SecurityRule[];
  readonly created_at: string;
}

const FIELDS: readonly Field[] = [
  { name: 'name', title: 'create.name', isRequired: true },
  { name: 'description', title: 'column.description' },
];

const schemas = () => import('../../../../src/services/network/schema/security-group.ts');

const CreateSecurityGroup = ({ close }: FormProps) => (
  <CreateForm
    kind="security-group"
    submit="list.create"
    fields={FIELDS}
    schema={async () => (await schemas()).CreateGroup}
    body={(values) => values}
    create={(caller, body) => restCreate<SecurityGroup>(caller, GROUPS, body)}
    pathOf={({ id }) => `${PATH}/${id}`}
    close={close}
  />
);

const EditSecurityGroup = ({ item, close }: ItemFormProps<SecurityGroup>) => (
  <CreateForm
    kind="security-group"
    submit="action.save"
    fields={FIELDS.map((field) => ({
      ...field,
      initial: field.name === 'name' ? item.name : item.description,
    }))}
    schema={async () => (await schemas()).UpdateGroup}
    body={({ name = '', description = '' }) => ({ ...(name !== item.name && { name }), description })}
    create={(caller, change) => restUpdate(caller, GROUPS, { id: item.id, change })}
    close={close}
  />
);

const SecurityRules = ({ item: { id } }: { readonly item: SecurityGroup }) => {
  const definition = useMemo(() => rulesOf(id), [id]);
  return <PartList definition={definition} />;
};

const GroupFacts = ({
  item: { security_group_rules: _shown, ...item },
}: {
  readonly item: SecurityGroup;
}) => <ResourceFacts item={item} />;

export const securityGroups: ResourceDefinition<SecurityGroup> = {
  kind: 'security-group',
  path: PATH,
  title: 'page.securityGroups',
  ...restVerbs<SecurityGroup>(GROUPS),
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
  actions: [restDelete(GROUPS)],
  forms: [{ title: 'action.edit', icon: <IconPencil size={15} />, show: EditSecurityGroup }],
  tabs: [
    { name: 'rules', title: 'securityGroup.rules', show: SecurityRules },
    { name: 'facts', title: 'workload.overview', show: GroupFacts },
  ],
};
