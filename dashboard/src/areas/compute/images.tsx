import { IconLock, IconLockOpen, IconPencil, IconTrash } from '@tabler/icons-react';
import { listImages, type ShownImage } from '../../../../src/sdk/images.ts';
import { ResourceFacts } from '../../parts/resource-facts.tsx';
import { sizeOf } from '../../parts/size.ts';
import { idColumn, nameColumn, timeColumn } from '../../resources/columns.tsx';
import { CreateForm } from '../../resources/create-form.tsx';
import type { ItemFormProps, ResourceDefinition } from '../../resources/definition.ts';
import { stateColumn } from '../../resources/rest.tsx';
import { UploadImage } from './upload-image.tsx';

const PATH = '/images';

interface Image extends ShownImage {
  readonly visibility?: string;
  readonly disk_format?: string | null;
  readonly container_format?: string | null;
  readonly protected?: boolean;
}

const VISIBILITIES = ['private', 'shared', 'community', 'public'];

/** By JSON-Patch, which Glance calls by a name of its own. */
const EditImage = ({ item, close }: ItemFormProps<Image>) => (
  <CreateForm
    kind="image"
    submit="action.save"
    fields={[
      { name: 'name', title: 'create.name', initial: item.name ?? '' },
      {
        name: 'visibility',
        title: 'column.visibility',
        kind: 'choice',
        isRequired: true,
        initial: item.visibility ?? 'shared',
        options: async () => VISIBILITIES.map((value) => ({ value, label: value })),
      },
      { name: 'protected', title: 'image.protected', kind: 'flag', initial: String(item.protected ?? false) },
    ]}
    body={({ name = '', visibility = '', protected: isProtected }) =>
      Object.entries({ name, visibility, protected: isProtected === 'true' }).map(([path, value]) => ({
        op: 'replace',
        path: `/${path}`,
        value,
      }))
    }
    create={(caller, body) =>
      caller.call('image', 'PATCH', `/v2/images/${item.id}`, {
        body,
        headers: { 'content-type': 'application/openstack-images-v2.1-json-patch' },
      })
    }
    close={close}
  />
);

const inState =
  (wanted: string) =>
  ({ status }: Image): string | undefined =>
    status === wanted ? undefined : status;

export const images: ResourceDefinition<Image> = {
  kind: 'image',
  path: PATH,
  title: 'page.images',
  id: ({ id }) => id,
  name: ({ name, id }) => name ?? id,
  list: listImages,
  create: UploadImage,
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
  forms: [{ title: 'action.edit', icon: <IconPencil size={15} />, show: EditImage }],
  actions: [
    {
      title: 'image.deactivate',
      icon: <IconLock size={15} />,
      refusedIn: inState('active'),
      run: (caller, { id }) => caller.call('image', 'POST', `/v2/images/${id}/actions/deactivate`),
    },
    {
      title: 'image.reactivate',
      icon: <IconLockOpen size={15} />,
      refusedIn: inState('deactivated'),
      run: (caller, { id }) => caller.call('image', 'POST', `/v2/images/${id}/actions/reactivate`),
    },
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
