import { IconTrash } from '@tabler/icons-react';
import { idColumn, nameColumn, textColumn, timeColumn } from '../../resources/columns.tsx';
import { CreateForm, type Field } from '../../resources/create-form.tsx';
import type { FormProps, ResourceDefinition } from '../../resources/definition.ts';
import { stateColumn } from '../../resources/rest.tsx';
import type { BrowserCaller } from '../../session/browser-caller.ts';
import { SecretPayload } from './secret-payload.tsx';

const PATH = '/secrets';
const AT_ONCE = 100;

export interface Secret {
  readonly secret_ref: string;
  readonly name: string | null;
  readonly status: string;
  readonly secret_type: string;
  readonly content_types?: Readonly<Record<string, string>>;
  readonly expiration: string | null;
  readonly created: string;
}

export const secretId = ({ secret_ref: ref }: Secret): string => ref.slice(ref.lastIndexOf('/') + 1);

async function listSecrets(caller: BrowserCaller): Promise<Secret[]> {
  const all: Secret[] = [];
  for (let total = 1; all.length < total;) {
    const query = { limit: `${AT_ONCE}`, offset: `${all.length}` };
    const page = await caller.call<{ secrets: Secret[]; total: number }>(
      'key-manager',
      'GET',
      '/v1/secrets',
      { query },
    );
    all.push(...page.secrets);
    total = page.secrets.length === 0 ? all.length : page.total;
  }
  return all;
}

const FIELDS: readonly Field[] = [
  { name: 'name', title: 'create.name', isRequired: true },
  { name: 'payload', title: 'secret.payload', kind: 'lines', isRequired: true },
];

const CreateSecret = ({ close }: FormProps) => (
  <CreateForm
    kind="secret"
    submit="list.create"
    fields={FIELDS}
    body={(values) => ({ ...values, payload_content_type: 'text/plain' })}
    create={(caller, body) => caller.call<Secret>('key-manager', 'POST', '/v1/secrets', { body })}
    pathOf={(made) => `${PATH}/${secretId(made)}`}
    close={close}
  />
);

export const secrets: ResourceDefinition<Secret> = {
  kind: 'secret',
  path: PATH,
  title: 'page.secrets',
  id: secretId,
  name: (item) => item.name || secretId(item),
  list: listSecrets,
  get: (caller, id) => caller.call<Secret>('key-manager', 'GET', `/v1/secrets/${id}`),
  create: CreateSecret,
  columns: [
    nameColumn(PATH, secretId, ({ name }) => name ?? ''),
    stateColumn(({ status }) => status),
    textColumn('secret.type', '120px', ({ secret_type: type }) => type),
    textColumn('column.format', '1fr', ({ content_types: types }) => types?.['default'] ?? ''),
    timeColumn('secret.expires', ({ expiration }) => expiration),
    timeColumn('column.created', ({ created }) => created),
    idColumn(secretId),
  ],
  actions: [
    {
      title: 'action.delete',
      icon: <IconTrash size={15} />,
      isDangerous: true,
      run: (caller, item) => caller.call('key-manager', 'DELETE', `/v1/secrets/${secretId(item)}`),
    },
  ],
  tabs: [{ name: 'overview', title: 'workload.overview', show: SecretPayload }],
};
