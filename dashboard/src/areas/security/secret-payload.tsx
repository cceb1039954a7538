import { Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { textOf } from '../../../../src/sdk/answer.ts';
import { useText } from '../../messages/messages.tsx';
import { CopyText } from '../../parts/copy-text.tsx';
import { tellFailure } from '../../parts/failure.tsx';
import { Panel } from '../../parts/panel.tsx';
import { useCaller } from '../../session/session.tsx';
import { secretId, type Secret } from './secrets.tsx';

/** What it holds is asked for when somebody wants to see it, and forgotten with the page. */
export function SecretPayload({ item }: { readonly item: Secret }) {
  const text = useText();
  const caller = useCaller();
  const [payload, setPayload] = useState<string>();
  const type = item.content_types?.['default'];
  const isText = type?.startsWith('text/') ?? false;
  const show = async () => {
    const path = `/v1/secrets/${secretId(item)}/payload`;
    const answer = await caller.open('key-manager', 'GET', path, { headers: { accept: 'text/plain' } });
    setPayload(await textOf(answer));
  };
  return (
    <Panel title={text('secret.payload')}>
      {!isText && (
        <Text className="quiet">{text(type === undefined ? 'secret.empty' : 'secret.binary')}</Text>
      )}
      {isText && payload === undefined && (
        <Button size="xs" variant="default" onClick={() => void show().catch(tellFailure)}>
          {text('secret.show')}
        </Button>
      )}
      {payload !== undefined && (
        <Stack gap="xs">
          <pre className="command">{payload}</pre>
          <Group gap="xs">
            <Button size="xs" variant="default" onClick={() => setPayload(undefined)}>
              {text('secret.hide')}
            </Button>
            <CopyText value={payload} />
          </Group>
        </Stack>
      )}
    </Panel>
  );
}
