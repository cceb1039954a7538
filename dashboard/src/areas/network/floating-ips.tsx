import { IconLink, IconLinkOff, IconTrash } from '@tabler/icons-react';
import { useText } from '../../messages/messages.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Panel } from '../../parts/panel.tsx';
import { State } from '../../parts/state.tsx';
import { Time } from '../../parts/time.tsx';
import { idColumn, nameColumn, timeColumn } from '../../resources/columns.tsx';
import type { Action, ResourceDefinition } from '../../resources/definition.ts';
import { restDelete, restUpdate, restVerbs, stateColumn } from '../../resources/rest.tsx';
import { AssociateFloatingIp, CreateFloatingIp } from './floating-ip-forms.tsx';
import { Holder, type Held } from './holder.tsx';
import { NetworkLink, RouterLink } from './links.tsx';
import { FLOATING_IPS } from './places.ts';
import { WebLink } from './web-link.tsx';

const PATH = '/floating-ips';

export interface FloatingIp {
  readonly id: string;
  readonly floating_ip_address: string;
  readonly floating_network_id: string;
  readonly fixed_ip_address: string | null;
  readonly port_id: string | null;
  readonly port_details: Held | null;
  readonly router_id: string | null;
  readonly status: string;
  readonly created_at: string;
}

const leadsNowhere = ({ port_id: port, status }: FloatingIp): string | undefined =>
  port === null ? status : undefined;

/** It stays the project's, and can lead to something else. */
export const disassociate: Action<FloatingIp> = {
  title: 'floatingIp.disassociate',
  icon: <IconLinkOff size={15} />,
  refusedIn: leadsNowhere,
  refusal: 'floatingIp.leadsNowhere',
  run: (caller, { id }) => restUpdate(caller, FLOATING_IPS, { id, change: { port_id: null } }),
};

const release: Action<FloatingIp> = {
  ...restDelete(FLOATING_IPS),
  title: 'floatingIp.release',
  icon: <IconTrash size={15} />,
};

function LeadsTo({ item: { fixed_ip_address: address, port_details: port } }: { readonly item: FloatingIp }) {
  if (!port) return null;
  return (
    <>
      <Holder of={port} /> <span className="mono quiet">{address}</span>
    </>
  );
}

function FloatingIpFacts({ item }: { readonly item: FloatingIp }) {
  const text = useText();
  const { router_id: router, floating_network_id: network } = item;
  return (
    <Panel title={text('workload.overview')}>
      <Facts
        facts={[
          [text('column.state'), <State state={item.status} />],
          [
            text('floatingIp.opens'),
            item.port_id === null ? '' : <WebLink address={item.floating_ip_address} />,
          ],
          [text('floatingIp.leadsTo'), item.port_details && <LeadsTo item={item} />],
          [text('router.outside'), <NetworkLink id={network} />],
          [text('floatingIp.through'), router === null ? '' : <RouterLink id={router} />],
          [text('column.created'), <Time at={item.created_at} />],
          [text('column.id'), <span className="mono">{item.id}</span>],
        ]}
      />
    </Panel>
  );
}

export const floatingIps: ResourceDefinition<FloatingIp> = {
  kind: 'floating-ip',
  path: PATH,
  title: 'page.floatingIps',
  ...restVerbs<FloatingIp>(FLOATING_IPS),
  name: ({ floating_ip_address: address }) => address,
  create: CreateFloatingIp,
  columns: [
    nameColumn(
      PATH,
      ({ id }) => id,
      ({ floating_ip_address: address }) => address,
    ),
    stateColumn(({ status }) => status),
    {
      title: 'floatingIp.leadsTo',
      width: '1.4fr',
      text: ({ fixed_ip_address: address }) => address ?? '',
      cell: (item) => <LeadsTo item={item} />,
    },
    {
      title: 'floatingIp.opens',
      width: '1fr',
      cell: ({ port_id: port, floating_ip_address: address }) =>
        port !== null && <WebLink address={address} />,
    },
    timeColumn('column.created', ({ created_at: at }) => at),
    idColumn(({ id }) => id),
  ],
  actions: [disassociate, release],
  forms: [{ title: 'floatingIp.associate', icon: <IconLink size={15} />, show: AssociateFloatingIp }],
  tabs: [{ name: 'facts', title: 'workload.overview', show: FloatingIpFacts }],
};
