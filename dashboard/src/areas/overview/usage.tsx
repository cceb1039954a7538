import { Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useText, type MessageKey } from '../../messages/messages.tsx';
import { Failure } from '../../parts/failure.tsx';
import { Panel } from '../../parts/panel.tsx';
import { UseBar } from '../../parts/use-bar.tsx';
import { keyOf } from '../../resources/use-resources.ts';
import { useSession } from '../../session/session.tsx';

const MIB = 2 ** 20;
const GIB = 2 ** 30;

const SHOWN: readonly (readonly [name: string, title: MessageKey, unit?: number])[] = [
  ['containers', 'page.containers'],
  ['cpu', 'create.cpu'],
  ['memory', 'workload.memory', MIB],
  ['disk', 'workload.disk', GIB],
];

/** What the project may have, and has. */
export function Usage() {
  const text = useText();
  const { caller, who } = useSession();
  const { data, error, refetch } = useQuery({
    queryKey: keyOf('container', 'quota'),
    queryFn: () => {
      const query = { usages: 'true' };
      return caller.call<Record<string, { limit: number; in_use: number }>>(
        'container',
        'GET',
        `/quotas/${who.project?.id ?? ''}`,
        {
          query,
        },
      );
    },
  });
  return (
    <Panel title={text('overview.capacity')}>
      {error && <Failure thrown={error} retry={() => void refetch()} />}
      <Stack gap="sm">
        {SHOWN.map(([name, title, unit]) => (
          <UseBar
            key={name}
            title={text(title)}
            unit={unit}
            limit={data?.[name]?.limit ?? 0}
            used={data?.[name]?.in_use ?? 0}
          />
        ))}
      </Stack>
    </Panel>
  );
}
