import { ResourceFacts } from '../../parts/resource-facts.tsx';
import { idColumn, nameColumn, textColumn, timeColumn } from '../../resources/columns.tsx';
import type { ResourceDefinition } from '../../resources/definition.ts';
import { restDelete, restVerbs, stateColumn, type RestPlace } from '../../resources/rest.tsx';
import { CreateVolume } from './create-volume.tsx';

const PATH = '/volumes';
const PLACE: RestPlace = {
  service: 'volumev3',
  path: '/volumes',
  listPath: '/volumes/detail',
  collection: 'volumes',
  member: 'volume',
};

interface Volume {
  readonly id: string;
  readonly name: string | null;
  readonly status: string;
  readonly size: number;
  readonly volume_type: string | null;
  readonly created_at: string;
  readonly attachments: readonly { readonly server_id: string | null; readonly device: string | null }[];
}

const DELETABLE = ['available', 'error', 'error_restoring', 'error_extending', 'error_managing'];

export const volumes: ResourceDefinition<Volume> = {
  kind: 'volume',
  path: PATH,
  title: 'page.volumes',
  ...restVerbs<Volume>(PLACE),
  name: ({ name, id }) => name || id,
  create: CreateVolume,
  columns: [
    nameColumn(
      PATH,
      ({ id }) => id,
      ({ name }) => name ?? '',
    ),
    stateColumn(({ status }) => status),
    { title: 'volume.size', width: '100px', text: ({ size }) => size, cell: ({ size }) => size },
    textColumn('volume.type', '130px', ({ volume_type: type }) => type ?? ''),
    textColumn('volume.usedBy', '1fr', ({ attachments }) =>
      attachments.map(({ server_id: id }) => id ?? '').join(', '),
    ),
    timeColumn('column.created', ({ created_at: at }) => at),
    idColumn(({ id }) => id),
  ],
  actions: [restDelete(PLACE, ({ status }) => (DELETABLE.includes(status) ? undefined : status))],
  tabs: [{ name: 'overview', title: 'workload.overview', show: ResourceFacts }],
};
