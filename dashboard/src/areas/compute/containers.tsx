import {
  IconCopy,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlayerStop,
  IconPlayerTrackNext,
  IconRefresh,
  IconTrash,
} from '@tabler/icons-react';
import { isAllowed, type Action as Verb } from '../../../../src/services/container/model/states.ts';
import { Containers, type ShownContainer } from '../../../../src/sdk/containers.ts';
import type { MessageKey } from '../../messages/messages.tsx';
import { idColumn, nameColumn, timeColumn } from '../../resources/columns.tsx';
import type { Action, ResourceDefinition } from '../../resources/definition.ts';
import type { BrowserCaller } from '../../session/browser-caller.ts';
import { State } from '../../parts/state.tsx';
import { CloneContainer, CreateContainer } from './create-container.tsx';
import { EditContainer } from './edit-container.tsx';
import { EventList } from './workload/event-list.tsx';
import { Graphs } from './workload/graphs.tsx';
import { Logs } from './workload/logs.tsx';
import { ContainerOverview } from './container-overview.tsx';
import { ContainerTerminal } from './workload/terminal-tab.tsx';
import { ContainerNetworks } from './container-networks.tsx';
import { ContainerMounts } from './container-mounts.tsx';

const PATH = '/containers';

const addressesOf = ({ addresses }: ShownContainer): string =>
  Object.values(addresses ?? {})
    .flat()
    .map(({ addr }) => addr)
    .join(', ');

const refusedIn =
  (verb: Verb) =>
  ({ status }: ShownContainer): string | undefined =>
    isAllowed(verb, status) ? undefined : status;

const power = (
  verb: Verb,
  title: MessageKey,
  icon: Action<ShownContainer>['icon'],
): Action<ShownContainer> => ({
  title,
  icon,
  refusedIn: refusedIn(verb),
  run: (caller, { uuid }) => new Containers(caller).power(uuid, verb),
});

const remove = (caller: BrowserCaller, { uuid, status }: ShownContainer): Promise<void> => {
  if (isAllowed('delete', status)) return new Containers(caller).remove(uuid);
  return new Containers(caller).remove(uuid, status === 'Running' ? { stop: true } : { force: true });
};

export const containers: ResourceDefinition<ShownContainer> = {
  kind: 'container',
  path: PATH,
  title: 'page.containers',
  id: ({ uuid }) => uuid,
  name: ({ name }) => name,
  list: (caller) => new Containers(caller).list(),
  get: (caller, id) => new Containers(caller).get(id),
  create: CreateContainer,
  columns: [
    nameColumn(
      PATH,
      ({ uuid }) => uuid,
      ({ name }) => name,
    ),
    {
      title: 'column.state',
      width: '130px',
      always: true,
      text: ({ status }) => status,
      cell: ({ status, task_state: busy }) => <State state={status} busy={busy} />,
    },
    {
      title: 'column.why',
      width: '1.4fr',
      text: whyOf,
      cell: (item) => <span className="quiet">{whyOf(item)}</span>,
    },
    { title: 'column.image', width: '1fr', text: ({ image }) => image, cell: ({ image }) => image },
    {
      title: 'column.addresses',
      width: '1.1fr',
      text: addressesOf,
      cell: (item) => <span className="mono">{addressesOf(item)}</span>,
    },
    timeColumn('column.created', ({ created_at: at }) => at),
    idColumn(({ uuid }) => uuid),
  ],
  actions: [
    power('start', 'action.start', <IconPlayerPlay size={15} />),
    power('stop', 'action.stop', <IconPlayerStop size={15} />),
    power('reboot', 'action.restart', <IconRefresh size={15} />),
    power('pause', 'action.pause', <IconPlayerPause size={15} />),
    power('unpause', 'action.resume', <IconPlayerTrackNext size={15} />),
    {
      title: 'action.delete',
      icon: <IconTrash size={15} />,
      isDangerous: true,
      refusedIn: refusedIn('delete_force'),
      run: remove,
    },
  ],
  forms: [
    {
      title: 'action.edit',
      icon: <IconPencil size={15} />,
      refusedIn: refusedIn('update'),
      show: EditContainer,
    },
    { title: 'action.clone', icon: <IconCopy size={15} />, show: CloneContainer },
  ],
  tabs: [
    { name: 'overview', title: 'workload.overview', show: ContainerOverview },
    { name: 'graphs', title: 'workload.graphs', show: Graphs },
    { name: 'logs', title: 'workload.logs', show: Logs },
    { name: 'terminal', title: 'workload.terminal', show: ContainerTerminal },
    { name: 'events', title: 'workload.events', show: ({ item: { uuid } }) => <EventList id={uuid} /> },
    { name: 'networks', title: 'workload.networks', show: ContainerNetworks },
    { name: 'volumes', title: 'workload.volumes', show: ContainerMounts },
  ],
};

/** Why it is as it is, in the cloud's words. */
function whyOf({ status_reason: reason, status_detail: detail }: ShownContainer): string {
  return reason ?? detail ?? '';
}
