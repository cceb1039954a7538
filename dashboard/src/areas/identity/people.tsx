import { IconPencil } from '@tabler/icons-react';
import { ResourceFacts } from '../../parts/resource-facts.tsx';
import { idColumn, nameColumn, textColumn } from '../../resources/columns.tsx';
import { CreateForm, type Field } from '../../resources/create-form.tsx';
import type { FormProps, ItemFormProps, ResourceDefinition, Tab } from '../../resources/definition.ts';
import { restCreate, restDelete, restVerbs, type RestPlace } from '../../resources/rest.tsx';
import type { MessageKey } from '../../messages/messages.tsx';
import { rolesTab } from './assignments.tsx';
import { Members } from './members.tsx';

interface Named {
  readonly id: string;
  readonly name: string;
  readonly description?: string | null;
  readonly domain_id?: string | null;
  readonly enabled?: boolean;
}

interface Kind {
  readonly collection: string;
  readonly member: string;
  readonly title: MessageKey;
  readonly fields: readonly Field[];
  /** Beside what its API says of it. */
  readonly tabs?: readonly Tab<Named>[];
}

const NAME: Field = { name: 'name', title: 'create.name', isRequired: true };
const DESCRIPTION: Field = { name: 'description', title: 'column.description' };

const textOf = ({ name, enabled }: Named): string => `${name}${enabled === false ? ' –' : ''}`;

/** Users, projects, roles, groups and domains differ in little but their names. */
function namedThing({ collection, member, title, fields, tabs = [] }: Kind): ResourceDefinition<Named> {
  const path = `/${collection}`;
  const place: RestPlace = { service: 'identity', path, collection, member };
  const create = ({ close }: FormProps) => (
    <CreateForm
      kind={member}
      submit="list.create"
      fields={fields}
      body={(values) => values}
      create={(caller, body) => restCreate<Named>(caller, place, body)}
      pathOf={({ id }) => `${path}/${id}`}
      close={close}
    />
  );
  return {
    kind: member,
    path,
    title,
    ...restVerbs<Named>(place),
    name: ({ name }) => name,
    create,
    columns: [
      nameColumn(path, ({ id }) => id, textOf),
      textColumn('column.description', '1.4fr', ({ description }) => description ?? ''),
      textColumn('identity.domain', '130px', ({ domain_id: domain }) => domain ?? ''),
      idColumn(({ id }) => id),
    ],
    actions: [restDelete(place)],
    forms: [
      { title: 'action.edit', icon: <IconPencil size={15} />, show: editOf({ member, place, fields }) },
    ],
    tabs: [...tabs, { name: 'facts', title: 'workload.overview', show: ResourceFacts }],
  };
}

interface Edited {
  readonly member: string;
  readonly place: RestPlace;
  readonly fields: readonly Field[];
}

const ENABLED: Field = { name: 'enabled', title: 'identity.enabled', kind: 'flag' };

/** A password that is left empty stays. */
const editOf = ({ member, place, fields }: Edited) =>
  function EditNamed({ item, close }: ItemFormProps<Named>) {
    const known = { name: item.name, description: item.description ?? '' } as Readonly<
      Record<string, string>
    >;
    const isSwitched = item.enabled !== undefined;
    return (
      <CreateForm
        kind={member}
        submit="action.save"
        fields={[
          ...fields.map((field) => ({ ...field, initial: known[field.name] ?? '' })),
          ...(isSwitched ? [{ ...ENABLED, initial: String(item.enabled) }] : []),
        ]}
        body={({ enabled, ...values }) => ({
          [member]: { description: '', ...values, ...(isSwitched && { enabled: enabled === 'true' }) },
        })}
        create={(caller, body) => caller.call(place.service, 'PATCH', `${place.path}/${item.id}`, { body })}
        close={close}
      />
    );
  };

const ASSIGNMENTS = { name: 'roles', title: 'identity.assignments' } as const;

export const users = namedThing({
  collection: 'users',
  member: 'user',
  title: 'page.users',
  fields: [NAME, { name: 'password', title: 'signIn.password', kind: 'password' }, DESCRIPTION],
  tabs: [{ ...ASSIGNMENTS, show: rolesTab('user') }],
});
export const projects = namedThing({
  collection: 'projects',
  member: 'project',
  title: 'page.projects',
  fields: [NAME, DESCRIPTION],
  tabs: [{ ...ASSIGNMENTS, show: rolesTab('project') }],
});
export const roles = namedThing({
  collection: 'roles',
  member: 'role',
  title: 'page.roles',
  fields: [NAME, DESCRIPTION],
});
export const groups = namedThing({
  collection: 'groups',
  member: 'group',
  title: 'page.groups',
  fields: [NAME, DESCRIPTION],
  tabs: [
    { name: 'members', title: 'page.users', show: Members },
    { ...ASSIGNMENTS, show: rolesTab('group') },
  ],
});
export const domains = namedThing({
  collection: 'domains',
  member: 'domain',
  title: 'page.domains',
  fields: [NAME, DESCRIPTION],
});
