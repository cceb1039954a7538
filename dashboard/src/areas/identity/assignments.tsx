import { IconTrash } from '@tabler/icons-react';
import { useMemo } from 'react';
import { textColumn } from '../../resources/columns.tsx';
import { CreateForm, type Field } from '../../resources/create-form.tsx';
import type { FormProps, ResourceDefinition } from '../../resources/definition.ts';
import { PartList } from '../../resources/part-list.tsx';
import type { BrowserCaller } from '../../session/browser-caller.ts';
import { namedChoices } from './choices.ts';

interface Named {
  readonly id: string;
  readonly name: string;
}

interface Assignment {
  readonly role: Named;
  readonly user?: Named;
  readonly group?: Named;
  readonly scope: { readonly project?: Named; readonly domain?: Named; readonly system?: object };
}

/** Whose roles, or where. */
type Side = 'user' | 'group' | 'project';

const PLACES: Readonly<Record<Side, string>> = {
  user: 'user.id',
  group: 'group.id',
  project: 'scope.project.id',
};

const listOf = async (caller: BrowserCaller, side: Side, id: string): Promise<Assignment[]> => {
  const query = { [PLACES[side]]: id, include_names: 'true' };
  const path = '/role_assignments';
  return (await caller.call<{ role_assignments: Assignment[] }>('identity', 'GET', path, { query }))
    .role_assignments;
};

/** Keystone's address of an assignment. undefined = of the whole cloud, which is set by other means */
function addressOf({ role, user, group, scope: { project, domain } }: Assignment): string | undefined {
  const whose = user ? `users/${user.id}` : `groups/${group?.id ?? ''}`;
  if (project) return `/projects/${project.id}/${whose}/roles/${role.id}`;
  return domain && `/domains/${domain.id}/${whose}/roles/${role.id}`;
}

const whereOf = ({ scope: { project, domain } }: Assignment): string =>
  project?.name ?? domain?.name ?? 'system';

const ROLE: Field = {
  name: 'role',
  title: 'page.roles',
  kind: 'choice',
  isRequired: true,
  options: namedChoices('roles'),
};
const PROJECT: Field = { ...ROLE, name: 'project', title: 'app.project', options: namedChoices('projects') };
const USER: Field = { ...ROLE, name: 'user', title: 'signIn.user', options: namedChoices('users') };

const Assign = ({ side, id, close }: FormProps & { readonly side: Side; readonly id: string }) => (
  <CreateForm
    kind="role-assignment"
    submit="identity.assign"
    fields={[side === 'project' ? USER : PROJECT, ROLE]}
    body={({ role = '', project = id, user = id }) => {
      const whose = side === 'group' ? 'groups' : 'users';
      return `/projects/${project}/${whose}/${user}/roles/${role}`;
    }}
    create={(caller, path) => caller.call('identity', 'PUT', path)}
    close={close}
  />
);

const assignmentsOf = (side: Side, id: string): ResourceDefinition<Assignment> => ({
  kind: 'role-assignment',
  path: `/${side}s/${id}/roles`,
  title: 'identity.assignments',
  id: (item) => addressOf(item) ?? item.role.id,
  name: (item) => `${item.role.name} ${item.user?.name ?? item.group?.name ?? ''} ${whereOf(item)}`,
  list: (caller) => listOf(caller, side, id),
  create: (props) => <Assign side={side} id={id} {...props} />,
  columns: [
    textColumn('page.roles', '1fr', ({ role }) => role.name),
    ...(side === 'project'
      ? [textColumn<Assignment>('signIn.user', '1fr', ({ user, group }) => user?.name ?? group?.name ?? '')]
      : [textColumn<Assignment>('identity.where', '1fr', whereOf)]),
  ],
  actions: [
    {
      title: 'action.delete',
      icon: <IconTrash size={15} />,
      isDangerous: true,
      refusedIn: (item) => (addressOf(item) === undefined ? whereOf(item) : undefined),
      run: (caller, item) => caller.call('identity', 'DELETE', addressOf(item) ?? ''),
    },
  ],
});

/** Roles: whose they are or where they are held, as the page asks. */
export const rolesTab = (side: Side) =>
  function Roles({ item: { id } }: { readonly item: { readonly id: string } }) {
    const definition = useMemo(() => assignmentsOf(side, id), [id]);
    return <PartList definition={definition} />;
  };
