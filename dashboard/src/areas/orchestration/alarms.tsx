import { ResourceFacts } from '../../parts/resource-facts.tsx';
import { idColumn, nameColumn, textColumn, timeColumn } from '../../resources/columns.tsx';
import type { ResourceDefinition } from '../../resources/definition.ts';
import { stateColumn } from '../../resources/rest.tsx';
import { IconTrash } from '@tabler/icons-react';

const PATH = '/alarms';

interface Alarm {
  readonly alarm_id: string;
  readonly name: string;
  readonly type: string;
  readonly state: string;
  readonly state_reason: string;
  readonly state_timestamp: string;
  readonly enabled: boolean;
}

export const alarms: ResourceDefinition<Alarm> = {
  kind: 'alarm',
  path: PATH,
  title: 'page.alarms',
  id: ({ alarm_id: id }) => id,
  name: ({ name }) => name,
  list: (caller) => caller.call<Alarm[]>('alarming', 'GET', '/v2/alarms'),
  get: (caller, id) => caller.call<Alarm>('alarming', 'GET', `/v2/alarms/${id}`),
  columns: [
    nameColumn(
      PATH,
      ({ alarm_id: id }) => id,
      ({ name }) => name,
    ),
    stateColumn(({ state }) => state),
    textColumn('column.why', '1.6fr', ({ state_reason: reason }) => reason),
    textColumn('stack.type', '200px', ({ type }) => type),
    timeColumn('alarm.since', ({ state_timestamp: at }) => at),
    idColumn(({ alarm_id: id }) => id),
  ],
  actions: [
    {
      title: 'action.delete',
      icon: <IconTrash size={15} />,
      isDangerous: true,
      run: (caller, { alarm_id: id }) => caller.call('alarming', 'DELETE', `/v2/alarms/${id}`),
    },
  ],
  tabs: [{ name: 'facts', title: 'workload.overview', show: ResourceFacts }],
};
