import { ResourceFacts } from '../../parts/resource-facts.tsx';
import { idColumn, nameColumn, textColumn } from '../../resources/columns.tsx';
import { CreateForm, type Field } from '../../resources/create-form.tsx';
import type { FormProps, ResourceDefinition } from '../../resources/definition.ts';
import { restCreate, restDelete, restVerbs, type RestPlace } from '../../resources/rest.tsx';
import type { MessageKey } from '../../messages/messages.tsx';

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
}

const NAME: Field = { name: 'name', title: 'create.name', isRequired: true };
const DESCRIPTION: Field = { name: 'description', title: 'column.description' };

const textOf = ({ name, enabled }: Named): string => `${name}${enabled === false ? ' –' : ''}`;

/** Users, projects, roles, groups and domains differ in little but their names. */
function namedThing({ collection, member, title, fields }: Kind): ResourceDefinition<Named> {
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
    tabs: [{ name: 'facts', title: 'workload.overview', show: ResourceFacts }],
  };
}

export const users = namedThing({
  collection: 'users',
  member: 'user',
  title: 'page.users',
  fields: [NAME, { name: 'password', title: 'signIn.password', kind: 'password' }, DESCRIPTION],
});
export const projects = namedThing({
  collection: 'projects',
  member: 'project',
  title: 'page.projects',
  fields: [NAME, DESCRIPTION],
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
});
export const domains = namedThing({
  collection: 'domains',
  member: 'domain',
  title: 'page.domains',
  fields: [NAME, DESCRIPTION],
});
