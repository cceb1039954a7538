import { IconTrash } from '@tabler/icons-react';
import { useMemo } from 'react';
import { textColumn } from '../../resources/columns.tsx';
import { CreateForm } from '../../resources/create-form.tsx';
import type { FormProps, ResourceDefinition } from '../../resources/definition.ts';
import { PartList } from '../../resources/part-list.tsx';
import { restVerbs } from '../../resources/rest.tsx';
import type { BrowserCaller } from '../../session/browser-caller.ts';
import { ROUTERS } from './places.ts';
import type { Router } from './routers.tsx';
import { routeText, type HostRoute } from './words.ts';

interface RouteBody {
  readonly router: { readonly routes: readonly HostRoute[] };
}

const bodyOf = (route: HostRoute): RouteBody => ({ router: { routes: [route] } });

const change = (router: string, verb: 'add' | 'remove') => (caller: BrowserCaller, body: RouteBody) =>
  caller.call('network', 'PUT', `${ROUTERS.path}/${router}/${verb}_extraroutes`, { body });

const AddRoute = ({ router, close }: FormProps & { readonly router: string }) => (
  <CreateForm
    kind="router"
    submit="list.create"
    fields={[
      { name: 'destination', title: 'router.destination', isRequired: true, placeholder: '10.1.0.0/16' },
      { name: 'nexthop', title: 'router.nexthop', isRequired: true, placeholder: '10.20.0.9' },
    ]}
    schema={async () => (await import('../../../../src/services/network/schema/router.ts')).ExtraRoutes}
    body={({ destination = '', nexthop = '' }) => bodyOf({ destination, nexthop })}
    create={change(router, 'add')}
    close={close}
  />
);

/** Where it sends what is for other networks. */
const routesOf = (router: string): ResourceDefinition<HostRoute> => ({
  kind: 'router',
  path: `/routers/${router}/routes`,
  title: 'router.routes',
  list: async (caller) => (await restVerbs<Router>(ROUTERS).get(caller, router)).routes,
  id: routeText,
  name: routeText,
  create: (props) => <AddRoute router={router} {...props} />,
  columns: [
    textColumn('router.destination', '1fr', ({ destination }) => destination),
    textColumn('router.nexthop', '1fr', ({ nexthop }) => nexthop),
  ],
  actions: [
    {
      title: 'action.delete',
      icon: <IconTrash size={15} />,
      isDangerous: true,
      run: (caller, route) => change(router, 'remove')(caller, bodyOf(route)),
    },
  ],
});

export const RouterRoutes = ({ item: { id } }: { readonly item: Router }) => {
  const definition = useMemo(() => routesOf(id), [id]);
  return <PartList definition={definition} />;
};
