import { Center, Group, Loader, SegmentedControl, Select } from '@mantine/core';
import { useState } from 'react';
import { useText } from '../../../messages/messages.tsx';
import { Failure } from '../../../parts/failure.tsx';
import { Page } from '../../../parts/page.tsx';
import { Picture } from './picture.tsx';
import { ThingsTable } from './things-table.tsx';
import { useTopology } from './use-topology.ts';

type Shown = 'picture' | 'table';

/** A narrow screen has no room for the picture, until it is asked for. */
const shownFirst = (): Shown => (matchMedia('(max-width: 700px)').matches ? 'table' : 'picture');

/** How the project's networks hang together, live. */
export function Topology() {
  const text = useText();
  const { graph, traffic, isPending, error, retry } = useTopology();
  const [shown, setShown] = useState<Shown>(shownFirst);
  const [host, setHost] = useState<string | null>(null);
  const hosts = [...new Set(graph.things.flatMap((thing) => thing.host ?? []))].toSorted();
  return (
    <Page
      whole={shown === 'picture'}
      title={text('page.topology')}
      actions={
        <Group gap="xs">
          <Select
            size="xs"
            w={170}
            aria-label={text('topology.node')}
            placeholder={text('topology.allNodes')}
            data={hosts}
            value={host}
            onChange={setHost}
            clearable
          />
          <SegmentedControl
            size="xs"
            aria-label={text('page.topology')}
            value={shown}
            onChange={(chosen) => setShown(chosen)}
            data={(['picture', 'table'] as const).map((value) => ({
              value,
              label: text(`topology.${value}`),
            }))}
          />
        </Group>
      }
    >
      {error && <Failure thrown={error} retry={retry} />}
      {isPending ? (
        <Center h="50vh">
          <Loader type="dots" aria-label={text('app.loading')} />
        </Center>
      ) : shown === 'picture' ? (
        <div className="panel" style={{ flex: 1, minHeight: 300, overflow: 'hidden' }}>
          <Picture graph={graph} traffic={traffic} host={host} />
        </div>
      ) : (
        <ThingsTable graph={graph} traffic={traffic} host={host} />
      )}
    </Page>
  );
}
