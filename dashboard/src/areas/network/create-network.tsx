import { CreateForm, type Field } from '../../resources/create-form.tsx';
import type { Values } from '../../parts/values.ts';
import type { FormProps } from '../../resources/definition.ts';
import type { BrowserCaller } from '../../session/browser-caller.ts';
import type { Network } from './networks.tsx';

const FIELDS: readonly Field[] = [
  { name: 'name', title: 'create.name', isRequired: true },
  { name: 'cidr', title: 'network.subnetRange', placeholder: '10.20.0.0/24' },
];

export const CreateNetwork = ({ close }: FormProps) => (
  <CreateForm
    kind="network"
    submit="list.create"
    fields={FIELDS}
    body={(values) => values}
    create={create}
    pathOf={({ id }) => `/networks/${id}`}
    close={close}
  />
);

async function create(caller: BrowserCaller, { name = '', cidr }: Values): Promise<Network> {
  const made = await caller.call<{ network: Network }>('network', 'POST', '/v2.0/networks', {
    body: { network: { name } },
  });
  const { id } = made.network;
  if (cidr === undefined) return made.network;
  const subnet = { name, network_id: id, cidr, ip_version: cidr.includes(':') ? 6 : 4 };
  try {
    await caller.call('network', 'POST', '/v2.0/subnets', { body: { subnet } });
  } catch (thrown) {
    await caller.call('network', 'DELETE', `/v2.0/networks/${id}`);
    throw thrown;
  }
  return made.network;
}
