import { IconPlugConnectedX } from '@tabler/icons-react';
import { useMemo } from 'react';
import { ROUTER_GATEWAY } from '../../../../src/services/network/model/device-owner.ts';
import { CreateForm } from '../../resources/create-form.tsx';
import type { FormProps, ResourceDefinition } from '../../resources/definition.ts';
import { PartList } from '../../resources/part-list.tsx';
import { restVerbs } from '../../resources/rest.tsx';
import { subnetChoices } from './choices.ts';
import { PORTS, ROUTERS } from './places.ts';
import { ports, type Port } from './ports.tsx';
import type { Router } from './routers.tsx';

const linkPath = (router: string, verb: 'add' | 'remove'): string =>
  `${ROUTERS.path}/${router}/${verb}_router_interface`;

const Connect = ({ router, close }: FormProps & { readonly router: string }) => (
  <CreateForm
    kind="port"
    submit="router.connect"
    fields={[
      {
        name: 'subnet_id',
        title: 'network.subnets',
        kind: 'choice',
        isRequired: true,
        options: subnetChoices,
      },
    ]}
    schema={async () =>
      (await import('../../../../src/services/network/schema/router.ts')).RouterInterfaceBody
    }
    body={({ subnet_id = '' }) => ({ subnet_id })}
    create={(caller, body) => caller.call('network', 'PUT', linkPath(router, 'add'), { body })}
    close={close}
  />
);

/** The networks that it connects: its ports but the gateway, which is changed with the router itself. */
const interfacesOf = (router: string): ResourceDefinition<Port> => {
  const verbs = restVerbs<Port>({ ...PORTS, query: { device_id: router } });
  const shown = ['column.name', 'column.state', 'column.addresses', 'create.network'];
  return {
    ...ports,
    ...verbs,
    path: `/routers/${router}/ports`,
    title: 'router.interfaces',
    list: async (caller) =>
      (await verbs.list(caller)).filter(({ device_owner: owner }) => owner !== ROUTER_GATEWAY),
    create: (props) => <Connect router={router} {...props} />,
    columns: ports.columns.filter(({ title }) => shown.includes(title)),
    forms: [],
    actions: [
      {
        title: 'router.disconnect',
        icon: <IconPlugConnectedX size={15} />,
        run: (caller, { id }) =>
          caller.call('network', 'PUT', linkPath(router, 'remove'), { body: { port_id: id } }),
      },
    ],
  };
};

export const RouterInterfaces = ({ item: { id } }: { readonly item: Router }) => {
  const definition = useMemo(() => interfacesOf(id), [id]);
  return <PartList definition={definition} />;
};
