import type { Values } from '../../parts/values.ts';
import { CreateForm, type Field } from '../../resources/create-form.tsx';
import type { FormProps, ItemFormProps } from '../../resources/definition.ts';
import { restCreate, restUpdate } from '../../resources/rest.tsx';
import { groupChoices, ownNetworks } from './choices.ts';
import { PORTS } from './places.ts';
import type { Port } from './ports.tsx';
import { listOf } from './words.ts';

const FIELDS: readonly Field[] = [
  { name: 'name', title: 'create.name' },
  { name: 'description', title: 'column.description' },
  { name: 'fixed_ips', title: 'column.addresses', kind: 'lines', placeholder: '10.20.0.5' },
  { name: 'security_groups', title: 'page.securityGroups', kind: 'choices', options: groupChoices },
  { name: 'port_security_enabled', title: 'network.portSecurity', kind: 'flag', initial: 'true' },
  { name: 'admin_state_up', title: 'network.isUp', kind: 'flag', initial: 'true' },
];
const NETWORK: Field = {
  name: 'network_id',
  title: 'create.network',
  kind: 'choice',
  isRequired: true,
  options: ownNetworks,
};

const schemas = () => import('../../../../src/services/network/schema/port.ts');

const flagsOf = (values: Values) => ({
  port_security_enabled: values['port_security_enabled'] === 'true',
  admin_state_up: values['admin_state_up'] === 'true',
});

const addressesIn = (text: string) => listOf(text).map((ip) => ({ ip_address: ip }));

/** @param network that it is on; without, it is asked for */
export const CreatePort = ({ network, close }: FormProps & { readonly network?: string }) => (
  <CreateForm
    kind="port"
    submit="list.create"
    fields={network === undefined ? [NETWORK, ...FIELDS] : FIELDS}
    schema={async () => (await schemas()).CreatePort}
    body={({
      network_id: chosen = '',
      name,
      description,
      fixed_ips: ips,
      security_groups: groups,
      ...rest
    }) => ({
      network_id: network ?? chosen,
      ...(name !== undefined && { name }),
      ...(description !== undefined && { description }),
      ...(ips !== undefined && { fixed_ips: addressesIn(ips) }),
      ...(groups !== undefined && { security_groups: groups.split(',') }),
      ...flagsOf(rest),
    })}
    create={(caller, body) => restCreate<Port>(caller, PORTS, body)}
    close={close}
  />
);

export const EditPort = ({ item, close }: ItemFormProps<Port>) => {
  const addresses = item.fixed_ips.map(({ ip_address: ip }) => ip);
  const known: Values = {
    name: item.name,
    description: item.description,
    fixed_ips: addresses.join('\n'),
    security_groups: item.security_groups.join(','),
    port_security_enabled: String(item.port_security_enabled),
    admin_state_up: String(item.admin_state_up),
  };
  return (
    <CreateForm
      kind="port"
      submit="action.save"
      fields={FIELDS.map((field) => ({ ...field, initial: known[field.name] ?? '' }))}
      schema={async () => (await schemas()).UpdatePort}
      body={({
        name = '',
        description = '',
        fixed_ips: ips = '',
        security_groups: groups = '',
        ...rest
      }) => ({
        name,
        description,
        ...(listOf(ips).join() !== addresses.join() && { fixed_ips: addressesIn(ips) }),
        security_groups: listOf(groups),
        ...flagsOf(rest),
      })}
      create={(caller, change) => restUpdate(caller, PORTS, { id: item.id, change })}
      close={close}
    />
  );
};
