import { Alert, SimpleGrid, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ShownContainer } from '../../../../src/sdk/containers.ts';
import { useText } from '../../messages/messages.tsx';
import { CopyText } from '../../parts/copy-text.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Panel } from '../../parts/panel.tsx';
import { State } from '../../parts/state.tsx';
import { Time } from '../../parts/time.tsx';
import { keyOf } from '../../resources/use-resources.ts';
import { FloatingAddresses } from '../network/floating-addresses.tsx';
import { commandFor } from './as-command.ts';
import { templateFor } from './as-template.ts';

/** What Zun shows beside what the command line looks at. */
interface MoreOfContainer {
  readonly cpu?: number | null;
  readonly memory?: string | null;
  readonly disk?: number | null;
  readonly hostname?: string | null;
  readonly host?: string | null;
  readonly runtime?: string | null;
  readonly environment?: Readonly<Record<string, string>> | null;
  readonly restart_policy?: { readonly Name: string };
}
export type WholeContainer = ShownContainer & MoreOfContainer;

export function ContainerOverview({ item }: { readonly item: WholeContainer }) {
  const text = useText();
  return (
    <Stack>
      {item.status_reason && (
        <Alert color={item.status === 'Error' ? 'red' : 'blue'} title={text('column.why')}>
          {item.status_reason}
        </Alert>
      )}
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Panel title={text('workload.overview')}>
          <Facts
            facts={[
              [text('column.state'), <State state={item.status} busy={item.task_state} />],
              [text('workload.detail'), item.status_detail],
              [text('column.image'), item.image],
              [text('create.command'), item.command?.join(' ')],
              [text('floatingIp.outside'), <FloatingAddresses device={item.uuid} />],
              [text('column.created'), <Time at={item.created_at} />],
              [text('column.id'), <Id value={item.uuid} />],
            ]}
          />
        </Panel>
        <Panel title={text('workload.resources')}>
          <Facts
            facts={[
              [text('create.cpu'), item.cpu],
              [text('create.memory'), item.memory],
              [text('workload.diskGib'), item.disk],
              [text('workload.hostname'), item.hostname],
              [text('column.node'), item.host],
              [text('workload.runtime'), item.runtime],
              [text('workload.restarts'), item.restart_policy?.Name],
            ]}
          />
        </Panel>
      </SimpleGrid>
      <Environment values={item.environment ?? {}} />
      <Panel title={text('app.command')} actions={<CopyText value={commandFor(item)} />}>
        <pre className="command">{commandFor(item)}</pre>
      </Panel>
      <AsTemplate of={item} />
    </Stack>
  );
}

function AsTemplate({ of }: { readonly of: WholeContainer }) {
  const text = useText();
  const { data = '' } = useQuery({
    queryKey: keyOf('container', 'template', of),
    queryFn: () => templateFor(of),
  });
  return (
    <Panel title={text('workload.template')} actions={<CopyText value={data} />}>
      <pre className="command">{data}</pre>
    </Panel>
  );
}

const Id = ({ value }: { readonly value: string }) => (
  <span className="mono">
    {value} <CopyText value={value} />
  </span>
);

function Environment({ values }: { readonly values: Readonly<Record<string, string>> }) {
  const text = useText();
  const facts = Object.entries(values);
  if (facts.length === 0) return null;
  return (
    <Panel title={text('create.environment')}>
      <Facts facts={facts} />
    </Panel>
  );
}
