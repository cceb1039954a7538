import { IconTrash } from '@tabler/icons-react';
import { ResourceFacts } from '../../parts/resource-facts.tsx';
import { State } from '../../parts/state.tsx';
import { collect } from '../../resources/collect.ts';
import { idColumn, nameColumn, textColumn, timeColumn } from '../../resources/columns.tsx';
import type { ResourceDefinition } from '../../resources/definition.ts';
import { CreateNetwork } from './create-network.tsx';
import { NetworkPorts, NetworkSubnets } from './network-parts.tsx';

const PATH = '/networks';

export interface Network {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly subnets: readonly string[];
  readonly shared: boolean;
  readonly 'router:external': boolean;
  readonly created_at: string;
}

export const networks: ResourceDefinition<Network> = {
  kind: 'network',
  path: PATH,
  title: 'page.networks',
  id: ({ id }) => id,
  name: ({ name }) => name,
  list: (caller) => collect(caller, { service: 'network', path: '/v2.0/networks', collection: 'networks' }),
  get: async (caller, id) =>
    (await caller.call<{ network: Network }>('network', 'GET', `/v2.0/networks/${encodeURIComponent(id)}`))
      .network,
  create: CreateNetwork,
  columns: [
    nameColumn(
      PATH,
      ({ id }) => id,
      ({ name }) => name,
    ),
    {
      title: 'column.state',
      width: '130px',
      always: true,
      text: ({ status }) => status,
      cell: ({ status }) => <State state={status} />,
    },
    textColumn('network.subnets', '100px', ({ subnets }) => String(subnets.length)),
    textColumn('network.external', '100px', (network) => (network['router:external'] ? '✓' : '')),
    textColumn('network.shared', '100px', ({ shared }) => (shared ? '✓' : '')),
    timeColumn('column.created', ({ created_at: at }) => at),
    idColumn(({ id }) => id),
  ],
  actions: [
    {
      title: 'action.delete',
      icon: <IconTrash size={15} />,
      isDangerous: true,
      run: (caller, { id }) => caller.call('network', 'DELETE', `/v2.0/networks/${id}`),
    },
  ],
  tabs: [
    { name: 'overview', title: 'workload.overview', show: ResourceFacts },
    { name: 'subnets', title: 'network.subnets', show: NetworkSubnets },
    { name: 'ports', title: 'network.ports', show: NetworkPorts },
  ],
};
