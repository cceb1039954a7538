import { Group, Progress, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useText, type MessageKey } from '../../messages/messages.tsx';
import { Failure } from '../../parts/failure.tsx';
import { Panel } from '../../parts/panel.tsx';
import { sizeOf } from '../../parts/size.ts';
import { keyOf } from '../../resources/use-resources.ts';
import { useSession } from '../../session/session.tsx';

interface Use {
  readonly limit: number;
  readonly in_use: number;
}

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
      return caller.call<Record<string, Use>>('container', 'GET', `/quotas/${who.project?.id ?? ''}`, {
        query,
      });
    },
  });
  return (
    <Panel title={text('overview.capacity')}>
      {error && <Failure thrown={error} retry={() => void refetch()} />}
      <Stack gap="sm">
        {SHOWN.map(([name, title, unit]) => (
          <Bar key={name} title={text(title)} unit={unit} use={data?.[name] ?? { limit: 0, in_use: 0 }} />
        ))}
      </Stack>
    </Panel>
  );
}

interface BarProps {
  readonly title: string;
  readonly unit: number | undefined;
  readonly use: Use;
}

function Bar({ title, unit, use: { limit, in_use: used } }: BarProps) {
  const shown = (count: number) => (unit === undefined ? String(count) : sizeOf(count * unit));
  const percent = limit > 0 ? Math.min((100 * used) / limit, 100) : 0;
  return (
    <div>
      <Group justify="space-between" mb={4}>
        <Text fz="sm">{title}</Text>
        <Text fz="sm" className="quiet">
          {shown(used)} / {limit < 0 ? '∞' : shown(limit)}
        </Text>
      </Group>
      <Progress value={percent} color={percent > 90 ? 'red' : 'water'} size="sm" aria-label={title} />
    </div>
  );
}
