import { IconTrash } from '@tabler/icons-react';
import { listImages, type ShownImage } from '../../../../src/sdk/images.ts';
import { ResourceFacts } from '../../parts/resource-facts.tsx';
import { sizeOf } from '../../parts/size.ts';
import { idColumn, nameColumn, timeColumn } from '../../resources/columns.tsx';
import type { ResourceDefinition } from '../../resources/definition.ts';
import { stateColumn } from '../../resources/rest.tsx';

const PATH = '/images';

interface Image extends ShownImage {
  readonly visibility?: string;
  readonly disk_format?: string | null;
  readonly container_format?: string | null;
  readonly protected?: boolean;
}

export const images: ResourceDefinition<Image> = {
  kind: 'image',
  path: PATH,
  title: 'page.images',
  id: ({ id }) => id,
  name: ({ name, id }) => name ?? id,
  list: listImages,
  get: (caller, id) => caller.call('image', 'GET', `/v2/images/${encodeURIComponent(id)}`),
  columns: [
    nameColumn(
      PATH,
      ({ id }) => id,
      ({ name }) => name ?? '',
    ),
    stateColumn(({ status }) => status),
    {
      title: 'column.visibility',
      width: '110px',
      text: (image) => image.visibility ?? '',
      cell: (image) => image.visibility,
    },
    { title: 'column.format', width: '110px', text: formatOf, cell: formatOf },
    { title: 'column.size', width: '110px', text: ({ size }) => size ?? 0, cell: ({ size }) => sizeOf(size) },
    timeColumn('column.created', ({ created_at: at }) => at),
    idColumn(({ id }) => id),
  ],
  actions: [
    {
      title: 'action.delete',
      icon: <IconTrash size={15} />,
      isDangerous: true,
      refusedIn: (image) => (image.protected ? 'protected' : undefined),
      run: (caller, { id }) => caller.call('image', 'DELETE', `/v2/images/${id}`),
    },
  ],
  tabs: [{ name: 'overview', title: 'workload.overview', show: ResourceFacts }],
};

function formatOf({ disk_format: disk, container_format: container }: Image): string {
  return container === 'bare' || !container ? (disk ?? '') : container;
}
