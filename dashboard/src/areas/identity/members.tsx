import { IconUserMinus } from '@tabler/icons-react';
import { useMemo } from 'react';
import { textColumn } from '../../resources/columns.tsx';
import { CreateForm } from '../../resources/create-form.tsx';
import type { ResourceDefinition } from '../../resources/definition.ts';
import { PartList } from '../../resources/part-list.tsx';
import { collect } from '../../resources/collect.ts';
import { namedChoices } from './choices.ts';

interface User {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
}

const membersOf = (group: string): ResourceDefinition<User> => ({
  kind: 'user',
  path: `/groups/${group}/users`,
  title: 'page.users',
  id: ({ id }) => id,
  name: ({ name }) => name,
  list: (caller) =>
    collect<User>(caller, { service: 'identity', path: `/groups/${group}/users`, collection: 'users' }),
  create: ({ close }) => (
    <CreateForm
      kind="user"
      submit="identity.addMember"
      fields={[
        {
          name: 'user',
          title: 'signIn.user',
          kind: 'choice',
          isRequired: true,
          options: namedChoices('users'),
        },
      ]}
      body={({ user = '' }) => `/groups/${group}/users/${user}`}
      create={(caller, path) => caller.call('identity', 'PUT', path)}
      close={close}
    />
  ),
  columns: [
    textColumn('column.name', '1fr', ({ name }) => name),
    textColumn('column.description', '2fr', ({ description }) => description ?? ''),
  ],
  actions: [
    {
      title: 'identity.removeMember',
      icon: <IconUserMinus size={15} />,
      run: (caller, { id }) => caller.call('identity', 'DELETE', `/groups/${group}/users/${id}`),
    },
  ],
});

/** Who is in a group. */
export function Members({ item: { id } }: { readonly item: { readonly id: string } }) {
  const definition = useMemo(() => membersOf(id), [id]);
  return <PartList definition={definition} />;
}
