import { IconRestore } from '@tabler/icons-react';
import { Link } from 'wouter';
import { ResourceFacts } from '../../parts/resource-facts.tsx';
import { idColumn, nameColumn, timeColumn } from '../../resources/columns.tsx';
import { CreateForm, type Field } from '../../resources/create-form.tsx';
import type { FormProps, ResourceDefinition } from '../../resources/definition.ts';
import { restCreate, restDelete, restVerbs, stateColumn, type RestPlace } from '../../resources/rest.tsx';
import { volumeChoices } from './choices.ts';

const PATH = '/backups';
const PLACE: RestPlace = {
  service: 'volumev3',
  path: '/backups',
  listPath: '/backups/detail',
  collection: 'backups',
  member: 'backup',
};

interface Backup {
  readonly id: string;
  readonly name: string | null;
  readonly status: string;
  readonly fail_reason: string | null;
  readonly size: number;
  readonly volume_id: string;
  readonly created_at: string;
}

const unless = (states: RegExp) => (item: Backup) => (states.test(item.status) ? undefined : item.status);

const FIELDS: readonly Field[] = [
  { name: 'volume_id', title: 'backup.volume', kind: 'choice', isRequired: true, options: volumeChoices },
  { name: 'name', title: 'create.name' },
];

const CreateBackup = ({ close }: FormProps) => (
  <CreateForm
    kind="volume-backup"
    submit="list.create"
    fields={FIELDS}
    body={(values) => ({ ...values, force: true })}
    create={(caller, body) => restCreate<Backup>(caller, PLACE, body)}
    close={close}
  />
);

export const backups: ResourceDefinition<Backup> = {
  kind: 'volume-backup',
  path: PATH,
  title: 'page.backups',
  ...restVerbs<Backup>(PLACE),
  name: ({ name, id }) => name || id,
  create: CreateBackup,
  columns: [
    nameColumn(
      PATH,
      ({ id }) => id,
      ({ name }) => name ?? '',
    ),
    stateColumn(({ status }) => status),
    {
      title: 'column.why',
      width: '1fr',
      text: whyOf,
      cell: (item) => <span className="quiet">{whyOf(item)}</span>,
    },
    { title: 'volume.size', width: '100px', text: ({ size }) => size, cell: ({ size }) => size },
    {
      title: 'backup.volume',
      width: '120px',
      text: ({ volume_id: id }) => id,
      cell: ({ volume_id: id }) => <Link href={`/volumes/${id}`}>{id.slice(0, 8)}</Link>,
    },
    timeColumn('column.created', ({ created_at: at }) => at),
    idColumn(({ id }) => id),
  ],
  actions: [
    {
      title: 'backup.restore',
      icon: <IconRestore size={15} />,
      refusedIn: unless(/^available$/),
      run: (caller, { id }) =>
        caller.call('volumev3', 'POST', `/backups/${id}/restore`, { body: { restore: {} } }),
    },
    restDelete(PLACE, unless(/^(available|error)$/)),
  ],
  tabs: [{ name: 'facts', title: 'workload.overview', show: ResourceFacts }],
};

function whyOf({ fail_reason: reason }: Backup): string {
  return reason ?? '';
}
