import { CreateForm, type Field } from '../../resources/create-form.tsx';
import type { FormProps } from '../../resources/definition.ts';

const FIELDS: readonly Field[] = [
  { name: 'name', title: 'create.name' },
  { name: 'size', title: 'volume.size', kind: 'number', isRequired: true, initial: '1' },
];

export const CreateVolume = ({ close }: FormProps) => (
  <CreateForm
    kind="volume"
    submit="list.create"
    fields={FIELDS}
    body={({ size, ...rest }) => ({ volume: { ...rest, size: Number(size) } })}
    create={(caller, body) =>
      caller.call<{ volume: { id: string } }>('volumev3', 'POST', '/volumes', { body })
    }
    pathOf={({ volume: { id } }) => `/volumes/${id}`}
    close={close}
  />
);
