import type { Values } from '../../parts/values.ts';
import { CreateForm, type Field } from '../../resources/create-form.tsx';
import type { FormProps, ItemFormProps } from '../../resources/definition.ts';
import { restCreate, restUpdate } from '../../resources/rest.tsx';
import { SUBNETS } from './places.ts';
import type { Subnet } from './subnets.tsx';
import { listOf, poolsOf, poolText, routesOf, routeText, versionOf } from './words.ts';

const NAME: Field = { name: 'name', title: 'create.name' };
/** What can be changed afterwards. */
const CHANGEABLE: readonly Field[] = [
  { name: 'enable_dhcp', title: 'subnet.dhcp', kind: 'flag', initial: 'true' },
  {
    name: 'allocation_pools',
    title: 'subnet.pools',
    kind: 'lines',
    placeholder: '10.20.0.10 – 10.20.0.99',
  },
  { name: 'dns_nameservers', title: 'subnet.dns', placeholder: '9.9.9.9, 1.1.1.1' },
  { name: 'host_routes', title: 'subnet.routes', kind: 'lines', placeholder: '10.1.0.0/16 via 10.20.0.9' },
];
const CREATE: readonly Field[] = [
  { name: 'cidr', title: 'network.cidr', isRequired: true, placeholder: '10.20.0.0/24' },
  NAME,
  { name: 'gateway_ip', title: 'network.gateway', placeholder: '10.20.0.1' },
  { name: 'no_gateway', title: 'subnet.noGateway', kind: 'flag' },
  ...CHANGEABLE,
];

const schemas = () => import('../../../../src/services/network/schema/subnet.ts');

const settingsOf = ({ enable_dhcp, allocation_pools, dns_nameservers, host_routes }: Values) => ({
  enable_dhcp: enable_dhcp === 'true',
  ...(allocation_pools !== undefined && { allocation_pools: poolsOf(allocation_pools) }),
  dns_nameservers: listOf(dns_nameservers),
  host_routes: routesOf(host_routes),
});

/** A subnet as the API takes it when it is made. */
export function newSubnet(network: string, values: Values) {
  const { name, cidr = '', gateway_ip: gateway, no_gateway: none } = values;
  return {
    network_id: network,
    ip_version: versionOf(cidr),
    cidr,
    ...(name !== undefined && { name }),
    ...(gateway !== undefined && { gateway_ip: gateway }),
    ...(none !== undefined && { gateway_ip: null }),
    ...settingsOf(values),
  };
}

export const CreateSubnet = ({ network, close }: FormProps & { readonly network: string }) => (
  <CreateForm
    kind="subnet"
    submit="list.create"
    fields={CREATE}
    schema={async () => (await schemas()).CreateSubnet}
    body={(values) => newSubnet(network, values)}
    create={(caller, body) => restCreate<Subnet>(caller, SUBNETS, body)}
    close={close}
  />
);

export const EditSubnet = ({ item, close }: ItemFormProps<Subnet>) => {
  const known: Values = {
    enable_dhcp: String(item.enable_dhcp),
    allocation_pools: item.allocation_pools.map(poolText).join('\n'),
    dns_nameservers: item.dns_nameservers.join(', '),
    host_routes: item.host_routes.map(routeText).join('\n'),
  };
  return (
    <CreateForm
      kind="subnet"
      submit="action.save"
      fields={[
        { ...NAME, initial: item.name },
        { name: 'gateway_ip', title: 'network.gateway', initial: item.gateway_ip ?? '' },
        ...CHANGEABLE.map((field) => ({ ...field, initial: known[field.name] ?? '' })),
      ]}
      schema={async () => (await schemas()).UpdateSubnet}
      body={({ name = '', gateway_ip: gateway = null, ...settings }) => ({
        name,
        ...(gateway !== item.gateway_ip && { gateway_ip: gateway }),
        ...settingsOf(settings),
      })}
      create={(caller, change) => restUpdate(caller, SUBNETS, { id: item.id, change })}
      close={close}
    />
  );
};
