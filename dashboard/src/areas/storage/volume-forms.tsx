import { listImages } from '../../../../src/sdk/images.ts';
import { CreateForm, type Field } from '../../resources/create-form.tsx';
import type { FormProps, ItemFormProps } from '../../resources/definition.ts';
import { restCreate, restUpdate } from '../../resources/rest.tsx';
import type { BrowserCaller } from '../../session/browser-caller.ts';
import { choicesOf } from './choices.ts';
import { VOLUMES } from './places.ts';
import type { Volume } from './volumes.tsx';

const types = choicesOf(
  { service: 'volumev3', path: '/types', collection: 'volume_types' },
  ({ name }) => name,
);
const TYPE: Field = { name: 'volume_type', title: 'volume.type', kind: 'choice', options: types };
const NAME: Field = { name: 'name', title: 'create.name' };
const DESCRIPTION: Field = { name: 'description', title: 'column.description' };
const SIZE: Field = { name: 'size', title: 'volume.size', kind: 'number', initial: '1' };
const CREATE: readonly Field[] = [
  NAME,
  SIZE,
  TYPE,
  {
    name: 'imageRef',
    title: 'volume.ofImage',
    kind: 'choice',
    options: async (caller) =>
      (await listImages(caller)).map(({ id, name }) => ({ value: id, label: name ?? id })),
  },
  {
    name: 'snapshot_id',
    title: 'volume.ofSnapshot',
    kind: 'choice',
    options: choicesOf({ service: 'volumev3', path: '/snapshots/detail', collection: 'snapshots' }),
  },
  DESCRIPTION,
];

const schemas = async () => {
  const { CreateVolume, UpdateVolume } = await import('../../../../src/services/volume/schema/volume.ts');
  return { create: CreateVolume.properties.volume, update: UpdateVolume.properties.volume };
};
const actionSchemas = () => import('../../../../src/services/volume/schema/volume-action.ts');

export const CreateVolume = ({ close }: FormProps) => (
  <CreateForm
    kind="volume"
    submit="list.create"
    fields={CREATE}
    schema={async () => (await schemas()).create}
    body={({ size, ...rest }) => ({ ...rest, ...(size !== undefined && { size: Number(size) }) })}
    create={(caller, body) => restCreate<Volume>(caller, VOLUMES, body)}
    pathOf={({ id }) => `/volumes/${id}`}
    close={close}
  />
);

export const EditVolume = ({ item, close }: ItemFormProps<Volume>) => (
  <CreateForm
    kind="volume"
    submit="action.save"
    fields={[
      { ...NAME, initial: item.name ?? '' },
      { ...DESCRIPTION, initial: item.description ?? '' },
    ]}
    schema={async () => (await schemas()).update}
    body={({ name = '', description = '' }) => ({ name, description })}
    create={(caller, change) => restUpdate<Volume>(caller, VOLUMES, { id: item.id, change })}
    close={close}
  />
);

/** Cinder's actions: one key that names it. */
export const actOnVolume = (caller: BrowserCaller, { id }: Volume, action: object): Promise<unknown> =>
  caller.call('volumev3', 'POST', `/volumes/${id}/action`, { body: action });

export const ExtendVolume = ({ item, close }: ItemFormProps<Volume>) => (
  <CreateForm
    kind="volume"
    submit="volume.extend"
    fields={[{ ...SIZE, name: 'new_size', isRequired: true, initial: String(item.size + 1) }]}
    schema={async () => (await actionSchemas()).Extend}
    body={({ new_size: size }) => ({ new_size: Number(size) })}
    create={(caller, body) => actOnVolume(caller, item, { 'os-extend': body })}
    close={close}
  />
);

export const RetypeVolume = ({ item, close }: ItemFormProps<Volume>) => (
  <CreateForm
    kind="volume"
    submit="volume.retype"
    fields={[{ ...TYPE, name: 'new_type', isRequired: true, initial: item.volume_type ?? '' }]}
    schema={async () => (await actionSchemas()).Retype}
    body={({ new_type = '' }) => ({ new_type, migration_policy: 'on-demand' as const })}
    create={(caller, body) => actOnVolume(caller, item, { 'os-retype': body })}
    close={close}
  />
);

export const UploadVolume = ({ item, close }: ItemFormProps<Volume>) => (
  <CreateForm
    kind="volume"
    submit="volume.upload"
    fields={[
      { name: 'image_name', title: 'create.name', isRequired: true, initial: item.name ?? '' },
      {
        name: 'disk_format',
        title: 'column.format',
        kind: 'choice',
        isRequired: true,
        initial: 'raw',
        options: async () => ['raw', 'qcow2'].map((value) => ({ value, label: value })),
      },
    ]}
    schema={async () => (await actionSchemas()).UploadImage}
    body={(values) => ({ ...values, container_format: 'bare', force: item.status === 'in-use' })}
    create={(caller, body) => actOnVolume(caller, item, { 'os-volume_upload_image': body })}
    close={close}
  />
);
