import { Button, Center, Group, Loader, Stack, Text, TextInput } from '@mantine/core';
import { IconPlus, IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { useText } from '../messages/messages.tsx';
import { Failure } from '../parts/failure.tsx';
import { Page } from '../parts/page.tsx';
import { ActionButtons } from './actions.tsx';
import { SideForm } from '../parts/side-form.tsx';
import type { ResourceDefinition } from './definition.ts';
import { ListTable } from './list-table.tsx';
import { useListView } from './list-view.ts';
import { useList } from './use-resources.ts';

const NONE: readonly never[] = [];

/** The list of a kind of resource: filter, order, bulk actions, and the way to a new one. */
export function ListPage<T>({ definition }: { readonly definition: ResourceDefinition<T> }) {
  const text = useText();
  const { data, error, isPending, refetch } = useList(definition);
  const items = data ?? NONE;
  const view = useListView(definition, items);
  const [creating, setCreating] = useState(new URLSearchParams(location.search).has('new'));
  const close = () => setCreating(false);
  const { create: Create } = definition;
  return (
    <Page
      whole
      title={text(definition.title)}
      actions={
        Create && (
          <Button
            size="sm"
            data-key="n"
            leftSection={<IconPlus size={16} />}
            onClick={() => setCreating(true)}
          >
            {text('list.create')}
          </Button>
        )
      }
    >
      <Group justify="space-between" mih={36}>
        <TextInput
          size="sm"
          w={280}
          leftSection={<IconSearch size={15} />}
          placeholder={text('list.filter')}
          aria-label={text('list.filter')}
          data-key="/"
          value={view.filter}
          onChange={(event) => view.setFilter(event.currentTarget.value)}
        />
        {view.selected.length > 0 ? (
          <Group gap="sm">
            <Text fz="sm" className="quiet">
              {text('list.selected', { count: view.selected.length })}
            </Text>
            <ActionButtons definition={definition} items={view.selected} done={() => view.chooseAll(false)} />
          </Group>
        ) : (
          <Text fz="sm" className="quiet">
            {text('list.count', { shown: view.shown.length, count: items.length })}
          </Text>
        )}
      </Group>
      {error && <Failure thrown={error} retry={() => void refetch()} />}
      <div className="panel" style={{ flex: 1, minHeight: 0, overflow: 'hidden' }}>
        {isPending ? (
          <Center h="100%">
            <Loader type="dots" aria-label={text('app.loading')} />
          </Center>
        ) : view.shown.length === 0 ? (
          <Center h="100%">
            <Stack align="center" gap="xs">
              <Text className="quiet">{text(view.filter === '' ? 'list.empty' : 'list.noMatch')}</Text>
            </Stack>
          </Center>
        ) : (
          <ListTable definition={definition} view={view} />
        )}
      </div>
      {Create && creating && (
        <SideForm title={text('list.create')} close={close}>
          <Create close={close} />
        </SideForm>
      )}
    </Page>
  );
}
