import { Link } from 'wouter';
import { ResourceFacts } from '../../parts/resource-facts.tsx';
import { idColumn, nameColumn, timeColumn } from '../../resources/columns.tsx';
import { CreateForm, type Field } from '../../resources/create-form.tsx';
import type { FormProps, ResourceDefinition } from '../../resources/definition.ts';
import { restCreate, restDelete, restVerbs, stateColumn, type RestPlace } from '../../resources/rest.tsx';
import { volumeChoices } from './choices.ts';

const PATH = '/snapshots';
const PLACE: RestPlace = {
  service: 'volumev3',
  path: '/snapshots',
  listPath: '/snapshots/detail',
  collection: 'snapshots',
  member: 'snapshot',
};

interface Snapshot {
  readonly id: string;
  readonly name: string | null;
  readonly status: string;
  readonly size: number;
  readonly volume_id: string;
  readonly created_at: string;
}

const FIELDS: readonly Field[] = [
  { name: 'volume_id', title: 'snapshot.volume', kind: 'choice', isRequired: true, options: volumeChoices },
  { name: 'name', title: 'create.name' },
];

const CreateSnapshot = ({ close }: FormProps) => (
  <CreateForm
    kind="snapshot"
    submit="list.create"
    fields={FIELDS}
    body={(values) => ({ ...values, force: true })}
    create={(caller, body) => restCreate<Snapshot>(caller, PLACE, body)}
    close={close}
  />
);

export const snapshots: ResourceDefinition<Snapshot> = {
  kind: 'snapshot',
  path: PATH,
  title: 'page.snapshots',
  ...restVerbs<Snapshot>(PLACE),
  name: ({ name, id }) => name || id,
  create: CreateSnapshot,
  columns: [
    nameColumn(
      PATH,
      ({ id }) => id,
      ({ name }) => name ?? '',
    ),
    stateColumn(({ status }) => status),
    { title: 'volume.size', width: '100px', text: ({ size }) => size, cell: ({ size }) => size },
    {
      title: 'snapshot.volume',
      width: '1fr',
      text: ({ volume_id: id }) => id,
      cell: ({ volume_id: id }) => <Link href={`/volumes/${id}`}>{id.slice(0, 8)}</Link>,
    },
    timeColumn('column.created', ({ created_at: at }) => at),
    idColumn(({ id }) => id),
  ],
  actions: [restDelete(PLACE, ({ status }) => (/^(available|error)/.test(status) ? undefined : status))],
  tabs: [{ name: 'facts', title: 'workload.overview', show: ResourceFacts }],
};
