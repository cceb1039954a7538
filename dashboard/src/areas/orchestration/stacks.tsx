import {
  IconArrowBackUp,
  IconChecklist,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlayerStop,
  IconTrash,
} from '@tabler/icons-react';
import { can, stateIn, type StackAsk } from '../../../../src/services/orchestration/model/states.ts';
import type { MessageKey } from '../../messages/messages.tsx';
import { ResourceFacts } from '../../parts/resource-facts.tsx';
import { idColumn, nameColumn, textColumn, timeColumn } from '../../resources/columns.tsx';
import type { Action, ResourceDefinition } from '../../resources/definition.ts';
import { restVerbs, stateColumn, type RestPlace } from '../../resources/rest.tsx';
import { StackOutputs, StackTemplate } from './stack-contents.tsx';
import { CreateStack, UpdateStack } from './stack-form.tsx';
import { StackGraph } from './stack-graph.tsx';
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

const refusedIn =
  (ask: StackAsk) =>
  ({ stack_status: words }: ShownStack): string | undefined => {
    const state = stateIn(words);
    return state && can[ask](state) ? undefined : words;
  };

const act = (ask: StackAsk, title: MessageKey, icon: Action<ShownStack>['icon']): Action<ShownStack> => ({
  title,
  icon,
  refusedIn: refusedIn(ask),
  run: (caller, { id, stack_name: name }) =>
    caller.call('orchestration', 'POST', `/stacks/${name}/${id}/actions`, { body: { [ask]: null } }),
});

export const stacks: ResourceDefinition<ShownStack> = {
  kind: 'stack',
  path: PATH,
  title: 'page.stacks',
  ...restVerbs<ShownStack>(PLACE),
  name: ({ stack_name: name }) => name,
  create: CreateStack,
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
  forms: [
    {
      title: 'action.edit',
      icon: <IconPencil size={15} />,
      refusedIn: refusedIn('update'),
      show: UpdateStack,
    },
  ],
  actions: [
    act('suspend', 'stack.suspend', <IconPlayerPause size={15} />),
    act('resume', 'action.resume', <IconPlayerPlay size={15} />),
    act('check', 'stack.check', <IconChecklist size={15} />),
    act('cancel_update', 'stack.cancel', <IconArrowBackUp size={15} />),
    act('cancel_without_rollback', 'stack.stop', <IconPlayerStop size={15} />),
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
    { name: 'graph', title: 'stack.graph', show: StackGraph },
    { name: 'events', title: 'stack.events', show: StackEvents },
    { name: 'outputs', title: 'stack.outputs', show: StackOutputs },
    { name: 'template', title: 'stack.template', show: StackTemplate },
  ],
};
