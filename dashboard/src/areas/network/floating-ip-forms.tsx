import { CreateForm, type Field } from '../../resources/create-form.tsx';
import type { FormProps, ItemFormProps } from '../../resources/definition.ts';
import { restCreate, restUpdate } from '../../resources/rest.tsx';
import { outsideNetworks } from './choices.ts';
import type { FloatingIp } from './floating-ips.tsx';
import { FLOATING_IPS } from './places.ts';
import { portAndAddress, targetChoices, targetOf } from './targets.ts';

const LEADS_TO: Field = {
  name: 'port_id',
  title: 'floatingIp.leadsTo',
  kind: 'choice',
  options: (caller) => targetChoices(caller),
};
const FIELDS: readonly Field[] = [
  {
    name: 'floating_network_id',
    title: 'router.outside',
    kind: 'choice',
    isRequired: true,
    options: outsideNetworks,
  },
  LEADS_TO,
];

const schemas = () => import('../../../../src/services/network/schema/floating-ip.ts');

export const CreateFloatingIp = ({ close }: FormProps) => (
  <CreateForm
    kind="floating-ip"
    submit="list.create"
    fields={FIELDS}
    schema={async () => (await schemas()).CreateFloatingIp}
    body={({ floating_network_id = '', port_id: target }) => ({
      floating_network_id,
      ...(target !== undefined && portAndAddress(target)),
    })}
    create={(caller, body) => restCreate<FloatingIp>(caller, FLOATING_IPS, body)}
    close={close}
  />
);

/** Leads it to something, or to something else. */
export const AssociateFloatingIp = ({ item, close }: ItemFormProps<FloatingIp>) => {
  const { port_id: port, fixed_ip_address: address } = item;
  const initial = port !== null && address !== null ? targetOf(port, address) : '';
  return (
    <CreateForm
      kind="floating-ip"
      submit="floatingIp.associate"
      fields={[{ ...LEADS_TO, isRequired: true, initial }]}
      schema={async () => (await schemas()).UpdateFloatingIp}
      body={({ port_id: target = '' }) => portAndAddress(target)}
      create={(caller, change) => restUpdate(caller, FLOATING_IPS, { id: item.id, change })}
      close={close}
    />
  );
};
