import { ResourceFacts } from '../../parts/resource-facts.tsx';
import { idColumn, nameColumn, timeColumn } from '../../resources/columns.tsx';
import type { ResourceDefinition } from '../../resources/definition.ts';
import { restDelete, restVerbs, stateColumn, type RestPlace } from '../../resources/rest.tsx';
import { createCopy, sizeColumn, volumeColumn, type VolumeCopy } from './copies.tsx';

const KIND = 'snapshot';
const PATH = '/snapshots';
const PLACE: RestPlace = {
  service: 'volumev3',
  path: '/snapshots',
  listPath: '/snapshots/detail',
  collection: 'snapshots',
  member: 'snapshot',
};

export const snapshots: ResourceDefinition<VolumeCopy> = {
  kind: KIND,
  path: PATH,
  title: 'page.snapshots',
  ...restVerbs<VolumeCopy>(PLACE),
  name: ({ name, id }) => name || id,
  create: createCopy(KIND, PLACE),
  columns: [
    nameColumn(
      PATH,
      ({ id }) => id,
      ({ name }) => name ?? '',
    ),
    stateColumn(({ status }) => status),
    sizeColumn,
    volumeColumn,
    timeColumn('column.created', ({ created_at: at }) => at),
    idColumn(({ id }) => id),
  ],
  actions: [restDelete(PLACE, ({ status }) => (/^(available|error)/.test(status) ? undefined : status))],
  tabs: [{ name: 'facts', title: 'workload.overview', show: ResourceFacts }],
};
