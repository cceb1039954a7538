import { IconPencil } from '@tabler/icons-react';
import { useMemo } from 'react';
import { useText } from '../../messages/messages.tsx';
import { CopyText } from '../../parts/copy-text.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Panel } from '../../parts/panel.tsx';
import { State } from '../../parts/state.tsx';
import { Time } from '../../parts/time.tsx';
import { idColumn, nameColumn, textColumn, timeColumn } from '../../resources/columns.tsx';
import type { ResourceDefinition } from '../../resources/definition.ts';
import { PartList } from '../../resources/part-list.tsx';
import { restDelete, restVerbs, stateColumn } from '../../resources/rest.tsx';
import { CreateNetwork, EditNetwork } from './network-forms.tsx';
import { NETWORKS } from './places.ts';
import { portsOf } from './ports.tsx';
import { subnetsOf } from './subnets.tsx';

const PATH = '/networks';

export interface Network {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly status: string;
  readonly admin_state_up: boolean;
  readonly project_id: string;
  readonly subnets: readonly string[];
  readonly shared: boolean;
  readonly 'router:external': boolean;
  readonly port_security_enabled: boolean;
  readonly mtu: number;
  readonly created_at: string;
  /** Shown to administrators. */
  readonly 'provider:network_type'?: string;
  readonly 'provider:segmentation_id'?: number | null;
}

interface ShownProps {
  readonly item: Network;
}

const tick = (is: boolean): string => (is ? '✓' : '–');

function NetworkFacts({ item }: ShownProps) {
  const text = useText();
  const kind = [item['provider:network_type'], item['provider:segmentation_id']].filter(Boolean).join(' ');
  return (
    <Panel title={text('workload.overview')}>
      <Facts
        facts={[
          [text('column.state'), <State state={item.status} />],
          [text('column.description'), item.description],
          [text('network.isUp'), tick(item.admin_state_up)],
          [text('network.external'), tick(item['router:external'])],
          [text('network.shared'), tick(item.shared)],
          [text('network.portSecurity'), tick(item.port_security_enabled)],
          [text('network.mtu'), item.mtu],
          [text('network.carriedBy'), kind],
          [text('column.created'), <Time at={item.created_at} />],
          [
            text('column.id'),
            <span className="mono">
              {item.id} <CopyText value={item.id} />
            </span>,
          ],
        ]}
      />
    </Panel>
  );
}

const NetworkSubnets = ({ item: { id } }: ShownProps) => {
  const definition = useMemo(() => subnetsOf(id), [id]);
  return <PartList definition={definition} />;
};

const NetworkPorts = ({ item: { id } }: ShownProps) => {
  const definition = useMemo(() => portsOf(id), [id]);
  return <PartList definition={definition} />;
};

export const networks: ResourceDefinition<Network> = {
  kind: 'network',
  path: PATH,
  title: 'page.networks',
  ...restVerbs<Network>(NETWORKS),
  name: ({ name, id }) => name || id,
  create: CreateNetwork,
  columns: [
    nameColumn(
      PATH,
      ({ id }) => id,
      ({ name }) => name,
    ),
    stateColumn(({ status }) => status),
    textColumn('network.subnets', '100px', ({ subnets }) => String(subnets.length)),
    textColumn('network.external', '100px', (network) => (network['router:external'] ? '✓' : '')),
    textColumn('network.shared', '100px', ({ shared }) => (shared ? '✓' : '')),
    timeColumn('column.created', ({ created_at: at }) => at),
    idColumn(({ id }) => id),
  ],
  actions: [restDelete(NETWORKS)],
  forms: [{ title: 'action.edit', icon: <IconPencil size={15} />, show: EditNetwork }],
  tabs: [
    { name: 'subnets', title: 'network.subnets', show: NetworkSubnets },
    { name: 'ports', title: 'network.ports', show: NetworkPorts },
    { name: 'overview', title: 'workload.overview', show: NetworkFacts },
  ],
};
