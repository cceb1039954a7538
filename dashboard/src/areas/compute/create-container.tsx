import type { CreateContainerBody } from '../../../../src/sdk/containers.ts';
import { Containers } from '../../../../src/sdk/containers.ts';
import { listImages } from '../../../../src/sdk/images.ts';
import { collect } from '../../resources/collect.ts';
import { CreateForm, type Field } from '../../resources/create-form.tsx';
import type { Values } from '../../parts/values.ts';
import type { FormProps } from '../../resources/definition.ts';

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
];

export const CreateContainer = ({ close }: FormProps) => (
  <CreateForm
    kind="container"
    submit="create.submit"
    fields={FIELDS}
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
