import { Link } from 'wouter';
import { CreateForm, type Field } from '../../resources/create-form.tsx';
import type { Column, FormProps } from '../../resources/definition.ts';
import { restCreate, type RestPlace } from '../../resources/rest.tsx';
import { volumeChoices } from './choices.ts';

/** What snapshots and backups have in common: they are copies of a volume. */
export interface VolumeCopy {
  readonly id: string;
  readonly name: string | null;
  readonly status: string;
  readonly size: number;
  readonly volume_id: string;
  readonly created_at: string;
}

const FIELDS: readonly Field[] = [
  { name: 'volume_id', title: 'copy.volume', kind: 'choice', isRequired: true, options: volumeChoices },
  { name: 'name', title: 'create.name' },
];

/** Of a volume that is in use too: as it is at that moment. */
export const createCopy = (kind: string, place: RestPlace) =>
  function CreateCopy({ close }: FormProps) {
    return (
      <CreateForm
        kind={kind}
        submit="list.create"
        fields={FIELDS}
        body={(values) => ({ ...values, force: true })}
        create={(caller, body) => restCreate<VolumeCopy>(caller, place, body)}
        close={close}
      />
    );
  };

export const sizeColumn: Column<VolumeCopy> = {
  title: 'volume.size',
  width: '100px',
  text: ({ size }) => size,
  cell: ({ size }) => size,
};

export const volumeColumn: Column<VolumeCopy> = {
  title: 'copy.volume',
  width: '120px',
  text: ({ volume_id: id }) => id,
  cell: ({ volume_id: id }) => <Link href={`/volumes/${id}`}>{id.slice(0, 8)}</Link>,
};
