import { Anchor, Center, Group, Loader, Tabs } from '@mantine/core';
import { Link, useLocation, useParams } from 'wouter';
import { useText } from '../messages/messages.tsx';
import { Failure } from '../parts/failure.tsx';
import { Page } from '../parts/page.tsx';
import { ActionButtons } from './actions.tsx';
import { FormButtons } from './form-buttons.tsx';
import type { ResourceDefinition } from './definition.ts';
import { useOne } from './use-resources.ts';

/** The page of a single one: what can be done to it, and a tab for each side of it, whose name is in the address. */
export function DetailPage<T>({ definition }: { readonly definition: ResourceDefinition<T> }) {
  const text = useText();
  const { id, tab } = useParams<{ id: string; tab?: string }>();
  const [, navigate] = useLocation();
  const { data: item, error, refetch } = useOne(definition, decodeURIComponent(id));
  const tabs = definition.tabs ?? [];
  const back = (
    <Anchor component={Link} href={definition.path} fz="sm">
      {text(definition.title)}
    </Anchor>
  );
  if (error && !item)
    return (
      <Page title={back}>
        <Failure thrown={error} retry={() => void refetch()} />
      </Page>
    );
  if (!item)
    return (
      <Center h="60vh">
        <Loader type="dots" aria-label={text('app.loading')} />
      </Center>
    );
  return (
    <Page
      title={
        <Group gap="sm" component="span">
          {back}
          <span>{definition.name(item)}</span>
        </Group>
      }
      actions={
        <>
          <FormButtons forms={definition.forms ?? []} item={item} />
          <ActionButtons
            definition={definition}
            items={[item]}
            done={(action) => (action.isDangerous ? navigate(definition.path) : void refetch())}
          />
        </>
      }
    >
      {error && <Failure thrown={error} retry={() => void refetch()} />}
      <Tabs
        value={tab ?? tabs[0]?.name ?? null}
        onChange={(name) => navigate(`${definition.path}/${id}/${name}`, { replace: true })}
        keepMounted={false}
      >
        <Tabs.List>
          {tabs.map(({ name, title }) => (
            <Tabs.Tab key={name} value={name}>
              {text(title)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {tabs.map(({ name, show: Show }) => (
          <Tabs.Panel key={name} value={name} pt="md">
            <Show item={item} />
          </Tabs.Panel>
        ))}
      </Tabs>
    </Page>
  );
}
