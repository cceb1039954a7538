import { ResourceFacts } from '../../parts/resource-facts.tsx';
import { idColumn, nameColumn, textColumn, timeColumn } from '../../resources/columns.tsx';
import { CreateForm, type Field } from '../../resources/create-form.tsx';
import type { FormProps, ResourceDefinition } from '../../resources/definition.ts';
import { restCreate, restDelete, restVerbs, stateColumn, type RestPlace } from '../../resources/rest.tsx';
import { outsideNetworks } from './choices.ts';
import { RouterPorts } from './router-ports.tsx';

const PATH = '/routers';
const PLACE: RestPlace = {
  service: 'network',
  path: '/v2.0/routers',
  collection: 'routers',
  member: 'router',
};

export interface Router {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly external_gateway_info: {
    readonly external_fixed_ips?: readonly { readonly ip_address: string }[];
  } | null;
  readonly created_at: string;
}

const addressOf = ({ external_gateway_info: gateway }: Router): string =>
  (gateway?.external_fixed_ips ?? []).map(({ ip_address: ip }) => ip).join(', ');

const FIELDS: readonly Field[] = [
  { name: 'name', title: 'create.name' },
  { name: 'outside', title: 'router.outside', kind: 'choice', options: outsideNetworks },
];

const CreateRouter = ({ close }: FormProps) => (
  <CreateForm
    kind="router"
    submit="list.create"
    fields={FIELDS}
    body={({ outside, ...rest }) => ({
      ...rest,
      ...(outside !== undefined && { external_gateway_info: { network_id: outside } }),
    })}
    create={(caller, body) => restCreate<Router>(caller, PLACE, body)}
    pathOf={({ id }) => `${PATH}/${id}`}
    close={close}
  />
);

export const routers: ResourceDefinition<Router> = {
  kind: 'router',
  path: PATH,
  title: 'page.routers',
  ...restVerbs<Router>(PLACE),
  name: ({ name, id }) => name || id,
  create: CreateRouter,
  columns: [
    nameColumn(
      PATH,
      ({ id }) => id,
      ({ name }) => name,
    ),
    stateColumn(({ status }) => status),
    textColumn('router.address', '1fr', addressOf),
    timeColumn('column.created', ({ created_at: at }) => at),
    idColumn(({ id }) => id),
  ],
  actions: [restDelete(PLACE)],
  tabs: [
    { name: 'ports', title: 'network.ports', show: RouterPorts },
    { name: 'facts', title: 'workload.overview', show: ResourceFacts },
  ],
};
