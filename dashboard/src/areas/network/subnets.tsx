import { IconPencil } from '@tabler/icons-react';
import type { MessageKey } from '../../messages/messages.tsx';
import { textColumn } from '../../resources/columns.tsx';
import type { ResourceDefinition } from '../../resources/definition.ts';
import { restDelete, restVerbs } from '../../resources/rest.tsx';
import { SUBNETS } from './places.ts';
import { CreateSubnet, EditSubnet } from './subnet-forms.tsx';
import { poolText, routeText, type HostRoute, type Pool } from './words.ts';

export interface Subnet {
  readonly id: string;
  readonly name: string;
  readonly network_id: string;
  readonly ip_version: 4 | 6;
  readonly cidr: string;
  readonly gateway_ip: string | null;
  readonly enable_dhcp: boolean;
  readonly allocation_pools: readonly Pool[];
  readonly dns_nameservers: readonly string[];
  readonly host_routes: readonly HostRoute[];
}

const linesColumn = (title: MessageKey, lines: (subnet: Subnet) => readonly string[]) => ({
  title,
  width: '1fr',
  text: (subnet: Subnet) => lines(subnet).join(', '),
  cell: (subnet: Subnet) => (
    <>
      {lines(subnet).map((line) => (
        <div key={line} className="mono">
          {line}
        </div>
      ))}
    </>
  ),
});

/** Ranges of addresses of a network. */
export const subnetsOf = (network: string): ResourceDefinition<Subnet> => ({
  kind: 'subnet',
  path: `/networks/${network}/subnets`,
  title: 'network.subnets',
  ...restVerbs<Subnet>({ ...SUBNETS, query: { network_id: network } }),
  name: ({ name, cidr }) => name || cidr,
  create: (props) => <CreateSubnet network={network} {...props} />,
  columns: [
    textColumn('column.name', '1fr', ({ name }) => name),
    linesColumn('network.cidr', ({ cidr }) => [cidr]),
    linesColumn('network.gateway', ({ gateway_ip: gateway }) => (gateway === null ? [] : [gateway])),
    textColumn('subnet.dhcp', '80px', ({ enable_dhcp: is }) => (is ? '✓' : '')),
    linesColumn('subnet.pools', ({ allocation_pools: pools }) => pools.map(poolText)),
    linesColumn('subnet.dns', ({ dns_nameservers: servers }) => servers),
    linesColumn('subnet.routes', ({ host_routes: routes }) => routes.map(routeText)),
  ],
  actions: [restDelete(SUBNETS)],
  forms: [{ title: 'action.edit', icon: <IconPencil size={15} />, show: EditSubnet }],
});
