import type { Values } from '../../parts/values.ts';
import { CreateForm, type Field } from '../../resources/create-form.tsx';
import type { FormProps, ItemFormProps } from '../../resources/definition.ts';
import type { Schema } from '../../resources/faults.ts';
import { restCreate, restUpdate } from '../../resources/rest.tsx';
import type { BrowserCaller } from '../../session/browser-caller.ts';
import { useSession } from '../../session/session.tsx';
import type { Network } from './networks.tsx';
import { NETWORKS, SUBNETS } from './places.ts';
import { newSubnet } from './subnet-forms.tsx';
import { listOf } from './words.ts';

const NAMING: readonly Field[] = [
  { name: 'name', title: 'create.name', isRequired: true },
  { name: 'description', title: 'column.description' },
];
const SUBNET: readonly Field[] = [
  { name: 'cidr', title: 'network.subnetRange', placeholder: '10.20.0.0/24' },
  { name: 'gateway_ip', title: 'network.gateway', placeholder: '10.20.0.1' },
  { name: 'dns_nameservers', title: 'subnet.dns', placeholder: '9.9.9.9, 1.1.1.1' },
];
const SETTINGS: readonly Field[] = [
  { name: 'mtu', title: 'network.mtu', kind: 'number' },
  { name: 'port_security_enabled', title: 'network.portSecurity', kind: 'flag', initial: 'true' },
  { name: 'admin_state_up', title: 'network.isUp', kind: 'flag', initial: 'true' },
];
/** As the service's policy has it. */
const FOR_ADMINS: readonly Field[] = [
  { name: 'shared', title: 'network.shared', kind: 'flag' },
  { name: 'router:external', title: 'network.external', kind: 'flag' },
];

const networkSchemas = () => import('../../../../src/services/network/schema/network.ts');

/** What both APIs take, in the one body of the form. */
async function schemaOfBoth(): Promise<Schema> {
  const [{ Type }, { CreateNetwork }, { CreateSubnet }] = await Promise.all([
    import('typebox'),
    networkSchemas(),
    import('../../../../src/services/network/schema/subnet.ts'),
  ]);
  const { cidr, gateway_ip, dns_nameservers } = CreateSubnet.properties;
  return Type.Object(
    { ...CreateNetwork.properties, cidr, gateway_ip, dns_nameservers },
    { additionalProperties: false },
  );
}

const isSet = (value: string | undefined): boolean => value === 'true';

/** @param isAdmin nobody else may say whether it is shared or leads outside */
const settingsOf = ({ mtu, ...values }: Values, isAdmin: boolean) => ({
  ...(mtu !== undefined && { mtu: Number(mtu) }),
  port_security_enabled: isSet(values['port_security_enabled']),
  admin_state_up: isSet(values['admin_state_up']),
  ...(isAdmin && { shared: isSet(values['shared']), 'router:external': isSet(values['router:external']) }),
});

interface NewNetwork {
  readonly name: string;
  readonly cidr?: string;
  readonly gateway_ip?: string;
  readonly dns_nameservers?: readonly string[];
}

export function CreateNetwork({ close }: FormProps) {
  const { isAdmin } = useSession();
  return (
    <CreateForm
      kind="network"
      submit="list.create"
      fields={[...NAMING, ...SUBNET, ...SETTINGS, ...(isAdmin ? FOR_ADMINS : [])]}
      schema={schemaOfBoth}
      body={({ name = '', description, cidr, gateway_ip: gateway, dns_nameservers: dns, ...settings }) => ({
        name,
        ...(description !== undefined && { description }),
        ...(cidr !== undefined && { cidr }),
        ...(gateway !== undefined && { gateway_ip: gateway }),
        ...(dns !== undefined && { dns_nameservers: listOf(dns) }),
        ...settingsOf(settings, isAdmin),
      })}
      create={create}
      pathOf={({ id }) => `/networks/${id}`}
      close={close}
    />
  );
}

/** With its first subnet; a network whose subnet is refused is not left behind. */
async function create(
  caller: BrowserCaller,
  { cidr, gateway_ip: gateway, dns_nameservers: dns, ...network }: NewNetwork,
): Promise<Network> {
  const made = await restCreate<Network>(caller, NETWORKS, network);
  if (cidr === undefined) return made;
  const values = {
    name: network.name,
    cidr,
    enable_dhcp: 'true',
    ...(gateway !== undefined && { gateway_ip: gateway }),
    ...(dns !== undefined && { dns_nameservers: dns.join(',') }),
  };
  try {
    await restCreate(caller, SUBNETS, newSubnet(made.id, values));
  } catch (thrown) {
    await caller.call('network', 'DELETE', `${NETWORKS.path}/${made.id}`);
    throw thrown;
  }
  return made;
}

export function EditNetwork({ item, close }: ItemFormProps<Network>) {
  const { isAdmin } = useSession();
  const fields = [...NAMING, ...SETTINGS, ...(isAdmin ? FOR_ADMINS : [])];
  return (
    <CreateForm
      kind="network"
      submit="action.save"
      fields={fields.map((field) => ({ ...field, initial: String(item[field.name as keyof Network] ?? '') }))}
      schema={async () => (await networkSchemas()).UpdateNetwork}
      body={({ name = '', description = '', ...settings }) => ({
        name,
        description,
        ...settingsOf(settings, isAdmin),
      })}
      create={(caller, change) => restUpdate(caller, NETWORKS, { id: item.id, change })}
      close={close}
    />
  );
}
