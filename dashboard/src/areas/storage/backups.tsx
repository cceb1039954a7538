import { IconRestore } from '@tabler/icons-react';
import { ResourceFacts } from '../../parts/resource-facts.tsx';
import { idColumn, nameColumn, textColumn, timeColumn } from '../../resources/columns.tsx';
import type { ResourceDefinition } from '../../resources/definition.ts';
import { restDelete, restVerbs, stateColumn, type RestPlace } from '../../resources/rest.tsx';
import { createCopy, sizeColumn, volumeColumn, type VolumeCopy } from './copies.tsx';

const KIND = 'backup';
const PATH = '/backups';
const PLACE: RestPlace = {
  service: 'volumev3',
  path: '/backups',
  listPath: '/backups/detail',
  collection: 'backups',
  member: 'backup',
};

interface Backup extends VolumeCopy {
  readonly fail_reason: string | null;
}

const unless =
  (states: RegExp) =>
  ({ status }: Backup) =>
    states.test(status) ? undefined : status;

export const backups: ResourceDefinition<Backup> = {
  kind: KIND,
  path: PATH,
  title: 'page.backups',
  ...restVerbs<Backup>(PLACE),
  name: ({ name, id }) => name || id,
  create: createCopy(KIND, PLACE),
  columns: [
    nameColumn(
      PATH,
      ({ id }) => id,
      ({ name }) => name ?? '',
    ),
    stateColumn(({ status }) => status),
    textColumn('column.why', '1fr', ({ fail_reason: reason }) => reason ?? ''),
    sizeColumn,
    volumeColumn,
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
