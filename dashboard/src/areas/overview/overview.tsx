import { Alert, Button, Group, SimpleGrid, Text } from '@mantine/core';
import { IconRocket } from '@tabler/icons-react';
import { Link, useLocation } from 'wouter';
import { lazy, Suspense } from 'react';
import { useText } from '../../messages/messages.tsx';
import { Page } from '../../parts/page.tsx';
import { Panel } from '../../parts/panel.tsx';
import { State } from '../../parts/state.tsx';
import { useList } from '../../resources/use-resources.ts';
import { useSession } from '../../session/session.tsx';
import { EXTENSIONS } from '../areas.ts';
import { Containers, type ShownContainer } from '../../../../src/sdk/containers.ts';
import { Usage } from './usage.tsx';

const CARDS = EXTENSIONS.flatMap(({ cards = [] }) => cards).map((card) => ({
  ...card,
  Card: lazy(async () => ({ default: await card.load() })),
}));

const CONTAINERS = {
  kind: 'container',
  path: '/containers',
  list: (caller: ConstructorParameters<typeof Containers>[0]) => new Containers(caller).list(),
};

/** How the project is: what it runs and has left, what failed, and how to begin. */
export function Overview() {
  const text = useText();
  const { isAdmin, who } = useSession();
  const { data: containers } = useList<ShownContainer>(CONTAINERS);
  return (
    <Page title={who.project?.name ?? text('page.overview')}>
      {containers?.length === 0 && <FirstSteps />}
      <Workloads containers={containers ?? []} />
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Usage />
        <Failures containers={containers ?? []} />
        {CARDS.filter(({ isForAdmins = false }) => isAdmin || !isForAdmins).map(({ name, Card }) => (
          <Suspense key={name} fallback={null}>
            <Card />
          </Suspense>
        ))}
      </SimpleGrid>
    </Page>
  );
}

function FirstSteps() {
  const text = useText();
  const [, navigate] = useLocation();
  return (
    <Alert color="water" icon={<IconRocket />} title={text('overview.firstSteps')}>
      <Group justify="space-between">
        <Text fz="sm">{text('overview.firstStepsText')}</Text>
        <Button size="sm" onClick={() => navigate('/containers?new')}>
          {text('overview.startHello')}
        </Button>
      </Group>
    </Alert>
  );
}

interface Shown {
  readonly containers: readonly ShownContainer[];
}

function Workloads({ containers }: Shown) {
  const text = useText();
  const byState = Map.groupBy(containers, ({ status }) => status);
  return (
    <Panel title={text('overview.workloads')}>
      <Group gap="xl">
        <Link href="/containers" className="figure">
          <strong>{containers.length}</strong>
          <span>{text('page.containers')}</span>
        </Link>
        {[...byState].map(([state, all]) => (
          <div key={state} className="figure">
            <strong>{all.length}</strong>
            <State state={state} />
          </div>
        ))}
      </Group>
    </Panel>
  );
}

const isFailed = ({ status, status_detail: detail }: ShownContainer): boolean =>
  status === 'Error' || status === 'Dead' || /^Exited\([1-9]/.test(detail ?? '');

function Failures({ containers }: Shown) {
  const text = useText();
  const failed = containers.filter(isFailed);
  return (
    <Panel title={text('overview.failed')}>
      {failed.length === 0 && (
        <Text fz="sm" className="quiet">
          {text('overview.allWell')}
        </Text>
      )}
      <ul className="failures">
        {failed.slice(0, 8).map(({ uuid, name, status_reason: reason, status_detail: detail }) => (
          <li key={uuid}>
            <Link className="list-link" href={`/containers/${uuid}`}>
              {name}
            </Link>
            <span className="quiet">{reason ?? detail}</span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
