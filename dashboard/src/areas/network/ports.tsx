import { IconPencil } from '@tabler/icons-react';
import { isOfService } from '../../../../src/services/network/model/device-owner.ts';
import { useText } from '../../messages/messages.tsx';
import { CopyText } from '../../parts/copy-text.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Panel } from '../../parts/panel.tsx';
import { State } from '../../parts/state.tsx';
import { Time } from '../../parts/time.tsx';
import { nameColumn, textColumn } from '../../resources/columns.tsx';
import type { Column, ResourceDefinition } from '../../resources/definition.ts';
import { restDelete, restVerbs, stateColumn } from '../../resources/rest.tsx';
import { FloatingAddresses } from './floating-addresses.tsx';
import { Holder, type Held } from './holder.tsx';
import { GroupLink, Links, NetworkLink, SubnetName } from './links.tsx';
import { PORTS } from './places.ts';
import { CreatePort, EditPort } from './port-forms.tsx';

const PATH = '/ports';

export interface Port extends Held {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly network_id: string;
  readonly status: string;
  readonly mac_address: string;
  readonly admin_state_up: boolean;
  readonly port_security_enabled: boolean;
  readonly fixed_ips: readonly { readonly ip_address: string; readonly subnet_id: string }[];
  readonly security_groups: readonly string[];
  readonly created_at: string;
  /** Shown to administrators. */
  readonly 'binding:host_id'?: string;
}

export const addressesOf = ({ fixed_ips: ips }: Pick<Port, 'fixed_ips'>): string =>
  ips.map(({ ip_address: ip }) => ip).join(', ');

const nameOf = ({ id, name }: Port): string => name || id.slice(0, 8);

const COLUMNS = {
  name: nameColumn<Port>(PATH, ({ id }) => id, nameOf),
  state: stateColumn<Port>(({ status }) => status),
  addresses: {
    title: 'column.addresses',
    width: '1.2fr',
    text: addressesOf,
    cell: (port) => <span className="mono">{addressesOf(port)}</span>,
  },
  network: {
    title: 'create.network',
    width: '1fr',
    text: ({ network_id: id }) => id,
    cell: ({ network_id: id }) => <NetworkLink id={id} />,
  },
  usedBy: {
    title: 'network.usedBy',
    width: '1fr',
    text: ({ device_owner: owner }) => owner,
    cell: (port) => <Holder of={port} />,
  },
  groups: {
    title: 'page.securityGroups',
    width: '1fr',
    cell: ({ security_groups: ids }) => <Links ids={ids} to={GroupLink} />,
  },
  mac: textColumn<Port>('port.mac', '150px', ({ mac_address: mac }) => mac),
} satisfies Record<string, Column<Port>>;

const PortAddresses = ({ item: { id, fixed_ips: ips } }: { readonly item: Port }) =>
  ips.map(({ ip_address: ip, subnet_id: subnet }) => (
    <div key={ip}>
      <span className="mono">{ip}</span>{' '}
      <span className="quiet">
        <SubnetName id={subnet} />
      </span>{' '}
      <FloatingAddresses port={id} address={ip} />
    </div>
  ));

function PortFacts({ item }: { readonly item: Port }) {
  const text = useText();
  return (
    <Panel title={text('workload.overview')}>
      <Facts
        facts={[
          [text('column.state'), <State state={item.status} />],
          [text('network.usedBy'), <Holder of={item} />],
          [text('create.network'), <NetworkLink id={item.network_id} />],
          [text('column.addresses'), <PortAddresses item={item} />],
          [text('page.securityGroups'), <Links ids={item.security_groups} to={GroupLink} />],
          [text('network.portSecurity'), item.port_security_enabled ? '✓' : '–'],
          [text('network.isUp'), item.admin_state_up ? '✓' : '–'],
          [text('port.mac'), <span className="mono">{item.mac_address}</span>],
          [text('column.node'), item['binding:host_id']],
          [text('column.description'), item.description],
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

const { name, state, addresses, network, usedBy, groups, mac } = COLUMNS;

/** Where something is connected to a network. */
export const ports: ResourceDefinition<Port> = {
  kind: 'port',
  path: PATH,
  title: 'network.ports',
  ...restVerbs<Port>(PORTS),
  name: nameOf,
  create: (props) => <CreatePort {...props} />,
  columns: [name, state, addresses, network, usedBy, mac],
  actions: [
    restDelete(
      PORTS,
      ({ device_owner: owner }) => (isOfService(owner) ? owner : undefined),
      'port.ofService',
    ),
  ],
  forms: [{ title: 'action.edit', icon: <IconPencil size={15} />, show: EditPort }],
  tabs: [{ name: 'overview', title: 'workload.overview', show: PortFacts }],
};

/** Those of a network. */
export const portsOf = (id: string): ResourceDefinition<Port> => ({
  ...ports,
  ...restVerbs<Port>({ ...PORTS, query: { network_id: id } }),
  path: `/networks/${id}/ports`,
  create: (props) => <CreatePort network={id} {...props} />,
  columns: [name, state, addresses, usedBy, groups, mac],
});
