import {
  IconChecklist,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlayerStop,
  IconTrash,
} from '@tabler/icons-react';
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

const busy = ({ stack_status: status }: ShownStack): string | undefined =>
  status.endsWith('IN_PROGRESS') ? status : undefined;
const idle = (stack: ShownStack): string | undefined => (busy(stack) ? undefined : stack.stack_status);
const suspended = ({ stack_status: status }: ShownStack): string | undefined =>
  /^(SUSPEND|RESUME)_(COMPLETE|FAILED)$/.test(status) ? undefined : status;

const act = (
  verb: string,
  title: MessageKey,
  look: Pick<Action<ShownStack>, 'icon' | 'refusedIn'>,
): Action<ShownStack> => ({
  title,
  ...look,
  run: (caller, { id, stack_name: name }) =>
    caller.call('orchestration', 'POST', `/stacks/${name}/${id}/actions`, { body: { [verb]: null } }),
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
  forms: [{ title: 'action.edit', icon: <IconPencil size={15} />, refusedIn: busy, show: UpdateStack }],
  actions: [
    act('suspend', 'stack.suspend', { icon: <IconPlayerPause size={15} />, refusedIn: busy }),
    act('resume', 'action.resume', { icon: <IconPlayerPlay size={15} />, refusedIn: suspended }),
    act('check', 'stack.check', { icon: <IconChecklist size={15} />, refusedIn: busy }),
    act('cancel_update', 'stack.cancel', { icon: <IconPlayerStop size={15} />, refusedIn: idle }),
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
