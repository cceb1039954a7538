import { IconTrash } from '@tabler/icons-react';
import { Link } from 'wouter';
import { Capsules, type CapsuleTemplate, type ShownCapsule } from '../../../../src/sdk/capsules.ts';
import { useText } from '../../messages/messages.tsx';
import { ResourceFacts } from '../../parts/resource-facts.tsx';
import { SmallTable } from '../../parts/small-table.tsx';
import { State } from '../../parts/state.tsx';
import { idColumn, nameColumn, textColumn } from '../../resources/columns.tsx';
import { CreateForm } from '../../resources/create-form.tsx';
import type { FormProps, ResourceDefinition } from '../../resources/definition.ts';
import { stateColumn } from '../../resources/rest.tsx';

const PATH = '/capsules';
const EXAMPLE = `capsuleVersion: beta
kind: capsule
metadata:
  name: web
spec:
  containers:
    - image: hello
`;

const CreateCapsule = ({ close }: FormProps) => (
  <CreateForm
    kind="capsule"
    submit="list.create"
    fields={[
      {
        name: 'template',
        title: 'stack.template',
        kind: 'lines',
        isRequired: true,
        initial: EXAMPLE,
      },
    ]}
    body={({ template = '' }) => template}
    create={async (caller, template) => {
      const { parse } = await import('yaml');
      return new Capsules(caller).create(parse(template) as CapsuleTemplate);
    }}
    pathOf={({ uuid }) => `${PATH}/${uuid}`}
    close={close}
  />
);

/** Each of them has a page as every container has: its logs and its terminal are there. */
function Members({ item: { containers } }: { readonly item: ShownCapsule }) {
  const text = useText();
  return (
    <SmallTable
      label={text('page.containers')}
      heads={[text('column.name'), text('column.state'), text('column.why'), text('column.image')]}
      rows={containers.map(({ uuid, name, status, status_reason: why, image }) => [
        <Link href={`/containers/${uuid}`}>{name}</Link>,
        <State state={status} />,
        why,
        image,
      ])}
    />
  );
}

const addressesOf = ({ addresses }: ShownCapsule): string =>
  Object.values(addresses ?? {})
    .flat()
    .map(({ addr }) => addr)
    .join(', ');

export const capsules: ResourceDefinition<ShownCapsule> = {
  kind: 'capsule',
  path: PATH,
  title: 'page.capsules',
  id: ({ uuid }) => uuid,
  name: ({ name }) => name,
  list: (caller) => new Capsules(caller).list(),
  get: (caller, id) => new Capsules(caller).get(id),
  create: CreateCapsule,
  columns: [
    nameColumn(
      PATH,
      ({ uuid }) => uuid,
      ({ name }) => name,
    ),
    stateColumn(({ status }) => status),
    textColumn('column.why', '1.4fr', ({ status_reason: why }) => why ?? ''),
    textColumn('page.containers', '110px', ({ containers }) => String(containers.length)),
    textColumn('column.addresses', '1.1fr', addressesOf),
    idColumn(({ uuid }) => uuid),
  ],
  actions: [
    {
      title: 'action.delete',
      icon: <IconTrash size={15} />,
      isDangerous: true,
      run: (caller, { uuid }) => new Capsules(caller).remove(uuid),
    },
  ],
  tabs: [
    { name: 'containers', title: 'page.containers', show: Members },
    { name: 'facts', title: 'workload.overview', show: ResourceFacts },
  ],
};
