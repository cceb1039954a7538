import { IconTrash } from '@tabler/icons-react';
import { ResourceFacts } from '../../parts/resource-facts.tsx';
import { State } from '../../parts/state.tsx';
import { collect } from '../../resources/collect.ts';
import { idColumn, nameColumn, textColumn, timeColumn } from '../../resources/columns.tsx';
import type { ResourceDefinition } from '../../resources/definition.ts';
import { CreateVolume } from './create-volume.tsx';

const PATH = '/volumes';

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
  id: ({ id }) => id,
  name: ({ name, id }) => name || id,
  list: (caller) => collect(caller, { service: 'volumev3', path: '/volumes/detail', collection: 'volumes' }),
  get: async (caller, id) =>
    (await caller.call<{ volume: Volume }>('volumev3', 'GET', `/volumes/${encodeURIComponent(id)}`)).volume,
  create: CreateVolume,
  columns: [
    nameColumn(
      PATH,
      ({ id }) => id,
      ({ name }) => name ?? '',
    ),
    {
      title: 'column.state',
      width: '130px',
      always: true,
      text: ({ status }) => status,
      cell: ({ status }) => <State state={status} />,
    },
    { title: 'volume.size', width: '100px', text: ({ size }) => size, cell: ({ size }) => size },
    textColumn('volume.type', '130px', ({ volume_type: type }) => type ?? ''),
    textColumn('volume.usedBy', '1fr', ({ attachments }) =>
      attachments.map(({ server_id: id }) => id ?? '').join(', '),
    ),
    timeColumn('column.created', ({ created_at: at }) => at),
    idColumn(({ id }) => id),
  ],
  actions: [
    {
      title: 'action.delete',
      icon: <IconTrash size={15} />,
      isDangerous: true,
      refusedIn: ({ status }) => (DELETABLE.includes(status) ? undefined : status),
      run: (caller, { id }) => caller.call('volumev3', 'DELETE', `/volumes/${id}`),
    },
  ],
  tabs: [{ name: 'overview', title: 'workload.overview', show: ResourceFacts }],
};
