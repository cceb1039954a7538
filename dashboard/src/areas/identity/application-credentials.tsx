import { IconTrash } from '@tabler/icons-react';
import { ResourceFacts } from '../../parts/resource-facts.tsx';
import { idColumn, nameColumn, textColumn, timeColumn } from '../../resources/columns.tsx';
import type { ResourceDefinition } from '../../resources/definition.ts';
import type { BrowserCaller } from '../../session/browser-caller.ts';
import { CreateApplicationCredential } from './create-application-credential.tsx';

export interface ApplicationCredential {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly expires_at: string | null;
  readonly unrestricted: boolean;
  readonly roles: readonly { readonly name: string }[];
}

const PATH = '/application-credentials';

/** They are one's own, whatever else one may do. */
export const placeOf = ({ userId }: BrowserCaller): string => `/users/${userId}/application_credentials`;

export const applicationCredentials: ResourceDefinition<ApplicationCredential> = {
  kind: 'application-credential',
  path: PATH,
  title: 'page.appCredentials',
  id: ({ id }) => id,
  name: ({ name }) => name,
  list: async (caller) =>
    (
      await caller.call<{ application_credentials: ApplicationCredential[] }>(
        'identity',
        'GET',
        placeOf(caller),
      )
    ).application_credentials,
  create: CreateApplicationCredential,
  columns: [
    nameColumn(
      PATH,
      ({ id }) => id,
      ({ name }) => name,
    ),
    textColumn('column.description', '1.4fr', ({ description }) => description ?? ''),
    textColumn('appCredential.roles', '1fr', ({ roles }) => roles.map(({ name }) => name).join(', ')),
    timeColumn('secret.expires', ({ expires_at: at }) => at),
    idColumn(({ id }) => id),
  ],
  actions: [
    {
      title: 'action.delete',
      icon: <IconTrash size={15} />,
      isDangerous: true,
      run: (caller, { id }) => caller.call('identity', 'DELETE', `${placeOf(caller)}/${id}`),
    },
  ],
  tabs: [{ name: 'facts', title: 'workload.overview', show: ResourceFacts }],
};
