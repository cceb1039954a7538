import type { CreateContainerBody } from '../../../../src/sdk/containers.ts';
import { Containers } from '../../../../src/sdk/containers.ts';
import { listImages } from '../../../../src/sdk/images.ts';
import { collect } from '../../resources/collect.ts';
import { CreateForm, type Field } from '../../resources/create-form.tsx';
import type { Values } from '../../parts/values.ts';
import { quote } from './as-command.ts';
import type { WholeContainer } from './container-overview.tsx';
import type { FormProps, ItemFormProps } from '../../resources/definition.ts';
import { ISOLATED } from './runtimes.ts';

const FIELDS: readonly Field[] = [
  {
    name: 'image',
    title: 'create.image',
    kind: 'choice',
    isRequired: true,
    initial: 'hello',
    options: async (caller) => {
      const names = (await listImages(caller)).flatMap(({ name }) => name ?? []);
      return [...new Set(names)].map((name) => ({ value: name, label: name }));
    },
  },
  { name: 'name', title: 'create.name' },
  { name: 'command', title: 'create.command' },
  {
    name: 'nets',
    title: 'create.network',
    kind: 'choice',
    options: async (caller) => {
      const all = await collect<{ id: string; name: string; 'router:external': boolean }>(caller, {
        service: 'network',
        path: '/v2.0/networks',
        collection: 'networks',
      });
      return all.filter((one) => !one['router:external']).map(({ id, name }) => ({ value: id, label: name }));
    },
  },
  { name: 'cpu', title: 'create.cpu', kind: 'number' },
  { name: 'memory', title: 'create.memory', kind: 'number' },
  { name: 'exposed_ports', title: 'create.ports', placeholder: '80, 53/udp' },
  { name: 'environment', title: 'create.environment', kind: 'lines', placeholder: 'NAME=value' },
  { name: 'interactive', title: 'create.interactive', kind: 'flag' },
  { name: 'isolated', title: 'create.isolated', kind: 'flag' },
];

export const CreateContainer = ({ close }: FormProps) => <ContainerForm fields={FIELDS} close={close} />;

/** Another like it: what is said of it stands in the fields already. */
export const CloneContainer = ({ item, close }: ItemFormProps<WholeContainer>) => {
  const known = valuesOf(item);
  const fields = FIELDS.map((field) => ({ ...field, initial: known[field.name] ?? '' }));
  return <ContainerForm fields={fields} close={close} />;
};

const valuesOf = ({
  name,
  image,
  command,
  cpu,
  memory,
  ports,
  environment,
  ...item
}: WholeContainer): Values => ({
  image,
  name: `${name}-2`,
  command: (command ?? []).map(quote).join(' '),
  nets: Object.keys(item.addresses ?? {})[0] ?? '',
  cpu: String(cpu ?? ''),
  memory: memory ?? '',
  exposed_ports: ports.join(', '),
  environment: Object.entries(environment ?? {})
    .map((pair) => pair.join('='))
    .join('\n'),
  interactive: String(item.interactive),
  isolated: String(item.runtime === ISOLATED),
});

const ContainerForm = ({ fields, close }: FormProps & { readonly fields: readonly Field[] }) => (
  <CreateForm
    kind="container"
    submit="create.submit"
    fields={fields}
    schema={async () =>
      (await import('../../../../src/services/container/schema/container.ts')).CreateContainer
    }
    body={bodyOf}
    create={(caller, body) => new Containers(caller).create(body, true)}
    pathOf={({ uuid }) => `/containers/${uuid}`}
    close={close}
  />
);

function bodyOf({ name, image = '', command, nets, cpu, memory, ...rest }: Values): CreateContainerBody {
  return {
    image,
    ...(name !== undefined && { name }),
    ...(command !== undefined && { command }),
    ...(nets !== undefined && { nets: [{ network: nets }] }),
    ...(cpu !== undefined && { cpu: Number(cpu) }),
    ...(memory !== undefined && { memory }),
    ...(rest['exposed_ports'] !== undefined && { exposed_ports: portsOf(rest['exposed_ports']) }),
    ...(rest['environment'] !== undefined && { environment: variablesOf(rest['environment']) }),
    ...(rest['interactive'] !== undefined && { interactive: true, tty: true }),
    ...(rest['isolated'] !== undefined && { runtime: ISOLATED }),
  };
}

const portsOf = (text: string): Record<string, Record<string, never>> =>
  Object.fromEntries(
    text
      .split(/[\s,]+/)
      .filter(Boolean)
      .map((port) => [port, {}]),
  );

const variablesOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => {
        const [name = '', ...value] = line.split('=');
        return [name.trim(), value.join('=')];
      }),
  );
