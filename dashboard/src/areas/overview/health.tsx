import { useQuery } from '@tanstack/react-query';
import { useText } from '../../messages/messages.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Failure } from '../../parts/failure.tsx';
import { Panel } from '../../parts/panel.tsx';
import { State } from '../../parts/state.tsx';
import { keyOf } from '../../resources/use-resources.ts';
import { fetchHere } from '../../session/browser-caller.ts';

interface Health {
  readonly ready: boolean;
  readonly services: Readonly<Record<string, string>>;
  readonly nodes: number;
}

const AGAIN_MS = 15_000;

/** Whether the cloud can work: what of it does not, and how many nodes are there. */
export function HealthCard() {
  const text = useText();
  const { data, error, refetch } = useQuery({
    queryKey: keyOf('node', 'health'),
    queryFn: async () => (await (await fetchHere('/healthz', {})).json()) as Health,
    refetchInterval: AGAIN_MS,
  });
  const bad = Object.entries(data?.services ?? {}).filter(([, state]) => state !== 'ok');
  return (
    <Panel title={text('overview.health')}>
      {error && <Failure thrown={error} retry={() => void refetch()} />}
      {data && (
        <Facts
          facts={[
            [text('overview.cloud'), <State state={data.ready ? 'ready' : 'down'} />],
            [text('page.nodes'), data.nodes],
            ...bad.map(([name, state]) => [name, <State state={state} />] as const),
          ]}
        />
      )}
    </Panel>
  );
}
