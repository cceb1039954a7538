import { Button, Group, Loader, TextInput, Tooltip } from '@mantine/core';
import { lazy, Suspense, useState, type FormEvent } from 'react';
import { isAllowed } from '../../../../../src/services/container/model/states.ts';
import { Containers, type ConsoleOffer, type ShownContainer } from '../../../../../src/sdk/containers.ts';
import { useText } from '../../../messages/messages.tsx';
import { tellFailure } from '../../../parts/failure.tsx';
import { valuesOf } from '../../../parts/values.ts';
import { useCaller } from '../../../session/session.tsx';
import type { TerminalSize } from '../../../../../src/sdk/containers.ts';

const Terminal = lazy(async () => ({ default: (await import('../../../parts/terminal.tsx')).Terminal }));

const SHELL = '/bin/sh';

/** A command in the container, or the container itself, at a terminal. */
export function ContainerTerminal({
  item: { uuid, status, interactive },
}: {
  readonly item: ShownContainer;
}) {
  const text = useText();
  const containers = new Containers(useCaller());
  const [offer, setOffer] = useState<ConsoleOffer>();
  const [isBusy, setBusy] = useState(false);
  const isPossible = isAllowed('execute', status);
  const open = async (ask: () => Promise<ConsoleOffer>) => {
    setBusy(true);
    await ask().then(setOffer, tellFailure);
    setBusy(false);
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const { command = SHELL } = valuesOf(event.currentTarget);
    void open(() => containers.execute(uuid, command.split(/\s+/).filter(Boolean), true));
  };
  const why = isPossible ? undefined : text('action.notInState', { state: status });
  return (
    <div className="panel terminal-tab">
      <form onSubmit={submit}>
        <Group p="xs" gap="xs" align="end">
          <TextInput
            size="xs"
            name="command"
            defaultValue={SHELL}
            aria-label={text('workload.shell')}
            className="mono"
          />
          <Tooltip label={why} disabled={why === undefined}>
            <Button size="xs" type="submit" loading={isBusy} disabled={why !== undefined}>
              {text('workload.open')}
            </Button>
          </Tooltip>
          {interactive && isPossible && (
            <Button size="xs" variant="default" onClick={() => void open(() => containers.attach(uuid))}>
              {text('workload.attach')}
            </Button>
          )}
        </Group>
      </form>
      {offer && (
        <Suspense fallback={<Loader type="dots" m="md" />}>
          <Terminal
            key={offer.url}
            url={offer.url}
            resized={(size: TerminalSize) => void containers.resize(uuid, offer, size).catch(() => undefined)}
          />
        </Suspense>
      )}
    </div>
  );
}
