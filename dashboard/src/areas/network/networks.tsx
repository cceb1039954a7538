import { ResourceFacts } from '../../parts/resource-facts.tsx';
import { idColumn, nameColumn, textColumn, timeColumn } from '../../resources/columns.tsx';
import type { ResourceDefinition } from '../../resources/definition.ts';
import { restDelete, restVerbs, stateColumn, type RestPlace } from '../../resources/rest.tsx';
import { CreateNetwork } from './create-network.tsx';
import { NetworkPorts, NetworkSubnets } from './network-parts.tsx';

const PATH = '/networks';
const PLACE: RestPlace = {
  service: 'network',
  path: '/v2.0/networks',
  collection: 'networks',
  member: 'network',
};

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
  ...restVerbs<Network>(PLACE),
  name: ({ name }) => name,
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
  actions: [restDelete(PLACE)],
  tabs: [
    { name: 'overview', title: 'workload.overview', show: ResourceFacts },
    { name: 'subnets', title: 'network.subnets', show: NetworkSubnets },
    { name: 'ports', title: 'network.ports', show: NetworkPorts },
  ],
};
