import { CreateForm, type Field } from '../../resources/create-form.tsx';
import type { FormProps, ItemFormProps } from '../../resources/definition.ts';
import { restCreate, restUpdate } from '../../resources/rest.tsx';
import { useSession } from '../../session/session.tsx';
import { outsideNetworks } from './choices.ts';
import { ROUTERS } from './places.ts';
import type { Router } from './routers.tsx';
import { listOf } from './words.ts';

const NAMING: readonly Field[] = [
  { name: 'name', title: 'create.name' },
  { name: 'description', title: 'column.description' },
];
const OUTSIDE: Field = {
  name: 'external_gateway_info',
  title: 'router.outside',
  kind: 'choice',
  options: outsideNetworks,
};

const schemas = () => import('../../../../src/services/network/schema/router.ts');

export const CreateRouter = ({ close }: FormProps) => (
  <CreateForm
    kind="router"
    submit="list.create"
    fields={[...NAMING, OUTSIDE]}
    schema={async () => (await schemas()).CreateRouter}
    body={({ external_gateway_info: outside, ...naming }) => ({
      ...naming,
      ...(outside !== undefined && { external_gateway_info: { network_id: outside } }),
    })}
    create={(caller, body) => restCreate<Router>(caller, ROUTERS, body)}
    pathOf={({ id }) => `/routers/${id}`}
    close={close}
  />
);

export const EditRouter = ({ item, close }: ItemFormProps<Router>) => (
  <CreateForm
    kind="router"
    submit="action.save"
    fields={[
      ...NAMING.map((field) => ({ ...field, initial: field.name === 'name' ? item.name : item.description })),
      {
        name: 'admin_state_up',
        title: 'network.isUp',
        kind: 'flag',
        initial: String(item.admin_state_up),
      },
    ]}
    schema={async () => (await schemas()).UpdateRouter}
    body={({ name = '', description = '', admin_state_up: isUp }) => ({
      name,
      description,
      admin_state_up: isUp === 'true',
    })}
    create={(caller, change) => restUpdate(caller, ROUTERS, { id: item.id, change })}
    close={close}
  />
);

/** The way outside. Which address it has there, and whether it hides those inside, administrators may choose. */
export function RouterGateway({ item, close }: ItemFormProps<Router>) {
  const { isAdmin } = useSession();
  const gateway = item.external_gateway_info;
  const forAdmins: readonly Field[] = [
    { name: 'address', title: 'router.address' },
    {
      name: 'enable_snat',
      title: 'router.snat',
      kind: 'flag',
      initial: String(gateway?.enable_snat ?? true),
    },
  ];
  return (
    <CreateForm
      kind="router"
      submit="action.save"
      fields={[
        { ...OUTSIDE, isRequired: true, initial: gateway?.network_id ?? '' },
        ...(isAdmin ? forAdmins : []),
      ]}
      schema={async () => (await schemas()).UpdateRouter}
      body={({ external_gateway_info: network = '', address, enable_snat: snat }) => ({
        external_gateway_info: {
          network_id: network,
          ...(isAdmin && { enable_snat: snat === 'true' }),
          ...(address !== undefined && {
            external_fixed_ips: listOf(address).map((ip) => ({ ip_address: ip })),
          }),
        },
      })}
      create={(caller, change) => restUpdate(caller, ROUTERS, { id: item.id, change })}
      close={close}
    />
  );
}
