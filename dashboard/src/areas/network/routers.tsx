import { IconPencil, IconWorld, IconWorldOff } from '@tabler/icons-react';
import { useText } from '../../messages/messages.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Panel } from '../../parts/panel.tsx';
import { State } from '../../parts/state.tsx';
import { Time } from '../../parts/time.tsx';
import { idColumn, nameColumn, textColumn, timeColumn } from '../../resources/columns.tsx';
import type { Action, ResourceDefinition } from '../../resources/definition.ts';
import { restDelete, restUpdate, restVerbs, stateColumn } from '../../resources/rest.tsx';
import { NetworkLink } from './links.tsx';
import { ROUTERS } from './places.ts';
import { CreateRouter, EditRouter, RouterGateway } from './router-forms.tsx';
import { RouterInterfaces } from './router-interfaces.tsx';
import { RouterRoutes } from './router-routes.tsx';
import type { HostRoute } from './words.ts';

const PATH = '/routers';

export interface Router {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly status: string;
  readonly admin_state_up: boolean;
  readonly project_id: string;
  readonly external_gateway_info: {
    readonly network_id: string;
    readonly enable_snat: boolean;
    readonly external_fixed_ips?: readonly { readonly ip_address: string }[];
  } | null;
  readonly routes: readonly HostRoute[];
  readonly created_at: string;
}

const addressOf = ({ external_gateway_info: gateway }: Router): string =>
  (gateway?.external_fixed_ips ?? []).map(({ ip_address: ip }) => ip).join(', ');

const clearGateway: Action<Router> = {
  title: 'router.clearGateway',
  icon: <IconWorldOff size={15} />,
  refusedIn: ({ external_gateway_info: gateway, status }) => (gateway === null ? status : undefined),
  refusal: 'router.noGateway',
  run: (caller, { id }) => restUpdate(caller, ROUTERS, { id, change: { external_gateway_info: null } }),
};

function RouterFacts({ item }: { readonly item: Router }) {
  const text = useText();
  const gateway = item.external_gateway_info;
  return (
    <Panel title={text('workload.overview')}>
      <Facts
        facts={[
          [text('column.state'), <State state={item.status} />],
          [text('column.description'), item.description],
          [text('network.isUp'), item.admin_state_up ? '✓' : '–'],
          [text('router.outside'), gateway && <NetworkLink id={gateway.network_id} />],
          [text('router.address'), <span className="mono">{addressOf(item)}</span>],
          [text('router.snat'), gateway && (gateway.enable_snat ? '✓' : '–')],
          [text('column.created'), <Time at={item.created_at} />],
          [text('column.id'), <span className="mono">{item.id}</span>],
        ]}
      />
    </Panel>
  );
}

export const routers: ResourceDefinition<Router> = {
  kind: 'router',
  path: PATH,
  title: 'page.routers',
  ...restVerbs<Router>(ROUTERS),
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
  actions: [clearGateway, restDelete(ROUTERS)],
  forms: [
    { title: 'action.edit', icon: <IconPencil size={15} />, show: EditRouter },
    { title: 'router.setGateway', icon: <IconWorld size={15} />, show: RouterGateway },
  ],
  tabs: [
    { name: 'ports', title: 'router.interfaces', show: RouterInterfaces },
    { name: 'routes', title: 'router.routes', show: RouterRoutes },
    { name: 'facts', title: 'workload.overview', show: RouterFacts },
  ],
};
