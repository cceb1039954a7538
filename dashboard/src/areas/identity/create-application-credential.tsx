import { Anchor, Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useText } from '../../messages/messages.tsx';
import { CopyText } from '../../parts/copy-text.tsx';
import { Facts } from '../../parts/facts.tsx';
import { CreateForm, type Field } from '../../resources/create-form.tsx';
import type { FormProps } from '../../resources/definition.ts';
import type { BrowserCaller } from '../../session/browser-caller.ts';
import { useSession } from '../../session/session.tsx';
import { placeOf } from './application-credentials.tsx';

interface Made {
  readonly id: string;
  readonly name: string;
  readonly secret: string;
}

/** What `openstack --os-cloud hydria` reads. */
const cloudsYaml = ({ id, secret }: Made): string => `clouds:
  hydria:
    auth_type: v3applicationcredential
    auth:
      auth_url: ${location.origin}/identity/v3
      application_credential_id: ${JSON.stringify(id)}
      application_credential_secret: ${JSON.stringify(secret)}
`;

async function create(caller: BrowserCaller, body: object): Promise<Made> {
  const { application_credential: made } = await caller.call<{ application_credential: Made }>(
    'identity',
    'POST',
    placeOf(caller),
    { body },
  );
  return made;
}

/** The form, and after it what is shown this once. */
export function CreateApplicationCredential({ close }: FormProps) {
  const { who } = useSession();
  const [made, setMade] = useState<Made>();
  if (made) return <ShownOnce made={made} close={close} />;
  const roles: Field = {
    name: 'roles',
    title: 'appCredential.roles',
    kind: 'choices',
    initial: who.roles.join(','),
    options: async () => who.roles.map((role) => ({ value: role, label: role })),
  };
  return (
    <CreateForm
      kind="application-credential"
      submit="list.create"
      fields={[
        { name: 'name', title: 'create.name', isRequired: true },
        { name: 'description', title: 'column.description' },
        roles,
        { name: 'expires_at', title: 'secret.expires', placeholder: '2030-12-31T23:59:59Z' },
        { name: 'unrestricted', title: 'appCredential.unrestricted', kind: 'flag' },
      ]}
      body={({ roles: chosen = '', unrestricted, ...rest }) => ({
        application_credential: {
          ...rest,
          roles: chosen
            .split(',')
            .filter(Boolean)
            .map((name) => ({ name })),
          unrestricted: unrestricted !== undefined,
        },
      })}
      create={async (caller, body) => setMade(await create(caller, body))}
      cancel={close}
    />
  );
}

function ShownOnce({ made, close }: FormProps & { readonly made: Made }) {
  const text = useText();
  const download = `data:application/yaml;charset=utf-8,${encodeURIComponent(cloudsYaml(made))}`;
  const copied = (value: string) => (
    <Group gap={4} wrap="nowrap">
      <span className="mono">{value}</span>
      <CopyText value={value} />
    </Group>
  );
  return (
    <Stack>
      <Text role="status">{text('appCredential.once')}</Text>
      <Facts
        facts={[
          [text('column.name'), made.name],
          [text('column.id'), copied(made.id)],
          [text('appCredential.secret'), copied(made.secret)],
        ]}
      />
      <Group justify="flex-end">
        <Anchor href={download} download="clouds.yaml">
          {text('appCredential.download')}
        </Anchor>
        <Button onClick={close}>{text('appCredential.done')}</Button>
      </Group>
    </Stack>
  );
}
