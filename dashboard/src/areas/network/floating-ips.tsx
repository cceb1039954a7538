import { IconLinkOff } from '@tabler/icons-react';
import { ResourceFacts } from '../../parts/resource-facts.tsx';
import { idColumn, nameColumn, textColumn, timeColumn } from '../../resources/columns.tsx';
import { CreateForm, type Field } from '../../resources/create-form.tsx';
import type { FormProps, ResourceDefinition } from '../../resources/definition.ts';
import { restCreate, restDelete, restVerbs, stateColumn, type RestPlace } from '../../resources/rest.tsx';
import { outsideNetworks, portChoices } from './choices.ts';

const PATH = '/floating-ips';
const PLACE: RestPlace = {
  service: 'network',
  path: '/v2.0/floatingips',
  collection: 'floatingips',
  member: 'floatingip',
};

interface FloatingIp {
  readonly id: string;
  readonly floating_ip_address: string;
  readonly fixed_ip_address: string | null;
  readonly port_id: string | null;
  readonly status: string;
  readonly created_at: string;
}

const FIELDS: readonly Field[] = [
  {
    name: 'floating_network_id',
    title: 'router.outside',
    kind: 'choice',
    isRequired: true,
    options: outsideNetworks,
  },
  { name: 'port_id', title: 'floatingIp.leadsTo', kind: 'choice', options: portChoices },
];

const CreateFloatingIp = ({ close }: FormProps) => (
  <CreateForm
    kind="floatingip"
    submit="list.create"
    fields={FIELDS}
    body={(values) => values}
    create={(caller, body) => restCreate<FloatingIp>(caller, PLACE, body)}
    close={close}
  />
);

export const floatingIps: ResourceDefinition<FloatingIp> = {
  kind: 'floatingip',
  path: PATH,
  title: 'page.floatingIps',
  ...restVerbs<FloatingIp>(PLACE),
  name: ({ floating_ip_address: address }) => address,
  create: CreateFloatingIp,
  columns: [
    nameColumn(
      PATH,
      ({ id }) => id,
      ({ floating_ip_address: address }) => address,
    ),
    stateColumn(({ status }) => status),
    textColumn('floatingIp.leadsTo', '1fr', ({ fixed_ip_address: address }) => address ?? ''),
    timeColumn('column.created', ({ created_at: at }) => at),
    idColumn(({ id }) => id),
  ],
  actions: [
    {
      title: 'floatingIp.release',
      icon: <IconLinkOff size={15} />,
      refusedIn: ({ port_id: port, status }) => (port === null ? status : undefined),
      run: (caller, { id }) =>
        caller.call('network', 'PUT', `${PLACE.path}/${id}`, { body: { floatingip: { port_id: null } } }),
    },
    restDelete(PLACE),
  ],
  tabs: [{ name: 'facts', title: 'workload.overview', show: ResourceFacts }],
};
