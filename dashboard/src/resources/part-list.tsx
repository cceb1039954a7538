import { Button, Center, Group, Loader, Stack } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useText } from '../messages/messages.tsx';
import { Failure } from '../parts/failure.tsx';
import { SideForm } from '../parts/side-form.tsx';
import { SmallTable } from '../parts/small-table.tsx';
import { ActionMenu } from './actions.tsx';
import type { ResourceDefinition } from './definition.ts';
import { useList } from './use-resources.ts';

interface PartListProps<T> {
  /** Of those that are parts of something: its `path` is that of the whole. */
  readonly definition: ResourceDefinition<T>;
}

/** A few of a kind on the page of what they are parts of, with all that can be done to them. */
export function PartList<T>({ definition }: PartListProps<T>) {
  const text = useText();
  const { data, error, refetch } = useList(definition);
  const [creating, setCreating] = useState(false);
  const close = () => setCreating(false);
  const { create: Create, title } = definition;
  return (
    <Stack>
      {Create && (
        <Group justify="flex-end">
          <Button
            size="xs"
            data-key="n"
            leftSection={<IconPlus size={15} />}
            onClick={() => setCreating(true)}
          >
            {text('list.create')}
          </Button>
        </Group>
      )}
      {error && <Failure thrown={error} retry={() => void refetch()} />}
      {data && <PartTable definition={definition} items={data} />}
      {!data && !error && (
        <Center>
          <Loader type="dots" aria-label={text('app.loading')} />
        </Center>
      )}
      {Create && creating && (
        <SideForm title={`${text('list.create')}: ${text(title)}`} close={close}>
          <Create close={close} />
        </SideForm>
      )}
    </Stack>
  );
}

function PartTable<T>({ definition, items }: PartListProps<T> & { readonly items: readonly T[] }) {
  const text = useText();
  const { title, columns, actions, forms = [], id, name } = definition;
  const can = actions.length + forms.length > 0;
  return (
    <SmallTable
      label={text(title)}
      heads={[...columns.map((column) => text(column.title)), ...(can ? [text('app.actions')] : [])]}
      rows={items.map((item) => [
        ...columns.map(({ cell }) => cell(item)),
        ...(can
          ? [<ActionMenu key={id(item)} definition={definition} items={[item]} label={name(item)} />]
          : []),
      ])}
    />
  );
}
