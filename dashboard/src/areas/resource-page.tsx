import type { ComponentType } from 'react';
import { useParams } from 'wouter';
import { DetailPage } from '../resources/detail-page.tsx';
import type { ResourceDefinition } from '../resources/definition.ts';
import { ListPage } from '../resources/list-page.tsx';
import type { Addition, PageEntry } from './extension.ts';

/** The pages of a kind of resource, with what extensions add to them. */
export const resourcePage =
  <T,>(load: () => Promise<ResourceDefinition<T>>): PageEntry['load'] =>
  async (extensions) => {
    const definition = await load();
    const added = extensions.flatMap(({ additions = [] }) =>
      additions.filter(({ kind }) => kind === definition.kind),
    );
    return pagesOf(withAdditions(definition, await Promise.all(added.map((one) => one.load()))));
  };

function withAdditions<T>(
  definition: ResourceDefinition<T>,
  additions: readonly Addition[],
): ResourceDefinition<T> {
  const added = additions as readonly Partial<ResourceDefinition<T>>[];
  return {
    ...definition,
    columns: [...definition.columns, ...added.flatMap(({ columns = [] }) => columns)],
    actions: [...definition.actions, ...added.flatMap(({ actions = [] }) => actions)],
    forms: [...(definition.forms ?? []), ...added.flatMap(({ forms = [] }) => forms)],
    tabs: [...(definition.tabs ?? []), ...added.flatMap(({ tabs = [] }) => tabs)],
  };
}

const pagesOf = <T,>(definition: ResourceDefinition<T>): ComponentType =>
  function ResourcePages() {
    const { id } = useParams<{ id?: string }>();
    return id === undefined ? (
      <ListPage definition={definition} />
    ) : (
      <DetailPage key={id} definition={definition} />
    );
  };
