import { IconTrash } from '@tabler/icons-react';
import { ResourceFacts } from '../../parts/resource-facts.tsx';
import { idColumn, nameColumn, textColumn, timeColumn } from '../../resources/columns.tsx';
import type { ResourceDefinition } from '../../resources/definition.ts';
import { restVerbs, stateColumn, type RestPlace } from '../../resources/rest.tsx';
import { StackEvents, StackResources } from './stack-parts.tsx';

const PATH = '/stacks';
const PLACE: RestPlace = {
  service: 'orchestration',
  path: '/stacks',
  collection: 'stacks',
  member: 'stack',
};

export interface ShownStack {
  readonly id: string;
  readonly stack_name: string;
  readonly stack_status: string;
  readonly stack_status_reason: string;
  readonly description: string;
  readonly creation_time: string;
}

export const stacks: ResourceDefinition<ShownStack> = {
  kind: 'stack',
  path: PATH,
  title: 'page.stacks',
  ...restVerbs<ShownStack>(PLACE),
  name: ({ stack_name: name }) => name,
  columns: [
    nameColumn(
      PATH,
      ({ id }) => id,
      ({ stack_name: name }) => name,
    ),
    stateColumn(({ stack_status: status }) => status, '200px'),
    textColumn('column.why', '1.4fr', ({ stack_status_reason: why }) => why),
    textColumn('column.description', '1fr', ({ description }) => description),
    timeColumn('column.created', ({ creation_time: at }) => at),
    idColumn(({ id }) => id),
  ],
  actions: [
    {
      title: 'action.delete',
      icon: <IconTrash size={15} />,
      isDangerous: true,
      run: (caller, { id, stack_name: name }) =>
        caller.call('orchestration', 'DELETE', `/stacks/${name}/${id}`),
    },
  ],
  tabs: [
    { name: 'overview', title: 'workload.overview', show: ResourceFacts },
    { name: 'resources', title: 'stack.resources', show: StackResources },
    { name: 'events', title: 'stack.events', show: StackEvents },
  ],
};
