import { JsonText, route, type Route } from '#kernel/http/route.ts';
import { AlarmBody, AlarmParams, ListQuery, SearchBody, State } from '../schema/alarm.ts';
import { readAlarm } from '../schema/read-alarm.ts';
import type { AlarmService } from '../service/alarms.ts';
import { alarmView, changeView } from '../view/alarm.ts';
import { ALARM_COLUMNS, HISTORY_COLUMNS, pageOf, searchOf } from './paging.ts';

const ONE = '/v2/alarms/:alarm_id';

export const alarmRoutes = (alarms: AlarmService): Route[] => [
  route({
    method: 'GET',
    url: '/v2/alarms',
    name: 'list-alarms',
    summary: "List the project's alarms.",
    access: { rule: 'telemetry:get_alarms' },
    query: ListQuery,
    status: 200,
    async handle({ ctx, query }) {
      const { page, allProjects } = pageOf(query, ALARM_COLUMNS, 'created_at');
      return (await alarms.list(ctx, page, allProjects)).map(alarmView);
    },
  }),
  route({
    method: 'POST',
    url: '/v2/alarms',
    name: 'create-alarm',
    summary: 'Make an alarm.',
    access: { rule: 'telemetry:create_alarm' },
    body: AlarmBody,
    status: 201,
    handle: async ({ ctx, body }) =>
      alarmView(await alarms.create(ctx, readAlarm(body, ctx.clock.now()), body.state)),
  }),
  route({
    method: 'GET',
    url: ONE,
    name: 'get-alarm',
    summary: 'Show an alarm.',
    access: 'authenticated',
    params: AlarmParams,
    status: 200,
    handle: async ({ ctx, params }) => alarmView(await alarms.get(ctx, params.alarm_id)),
  }),
  route({
    method: 'PUT',
    url: ONE,
    name: 'update-alarm',
    summary: 'Say anew what an alarm is.',
    access: { rule: 'telemetry:change_alarm' },
    params: AlarmParams,
    body: AlarmBody,
    status: 200,
    async handle({ ctx, params, body }) {
      await alarms.get(ctx, params.alarm_id, 'change_alarm'); // strangers are told nothing of what they send
      return alarmView(await alarms.update(ctx, params.alarm_id, readAlarm(body, ctx.clock.now())));
    },
  }),
  route({
    method: 'DELETE',
    url: ONE,
    name: 'delete-alarm',
    summary: 'Delete an alarm.',
    access: { rule: 'telemetry:delete_alarm' },
    params: AlarmParams,
    status: 204,
    handle: ({ ctx, params }) => alarms.delete(ctx, params.alarm_id),
  }),
  ...stateRoutes(alarms),
  ...historyRoutes(alarms),
];

const stateRoutes = (alarms: AlarmService): Route[] => [
  route({
    method: 'GET',
    url: `${ONE}/state`,
    name: 'get-alarm-state',
    summary: 'Show the state of an alarm.',
    access: 'authenticated',
    params: AlarmParams,
    status: 200,
    handle: async ({ ctx, params }) =>
      quoted((await alarms.get(ctx, params.alarm_id, 'get_alarm_state')).state),
  }),
  route({
    method: 'PUT',
    url: `${ONE}/state`,
    name: 'set-alarm-state',
    summary: 'Set the state of an alarm.',
    access: { rule: 'telemetry:change_alarm_state' },
    params: AlarmParams,
    body: State,
    status: 200,
    handle: async ({ ctx, params, body }) => quoted(await alarms.setState(ctx, params.alarm_id, body)),
  }),
];

const historyRoutes = (alarms: AlarmService): Route[] => [
  route({
    method: 'GET',
    url: `${ONE}/history`,
    name: 'list-alarm-history',
    summary: 'What happened to an alarm, newest first; also to one that is gone.',
    access: { rule: 'telemetry:alarm_history' },
    params: AlarmParams,
    query: ListQuery,
    status: 200,
    async handle({ ctx, params, query }) {
      const listing = pageOf(query, HISTORY_COLUMNS, 'at');
      return (await alarms.historyOf(ctx, params.alarm_id, listing)).map(changeView);
    },
  }),
  route({
    method: 'POST',
    url: '/v2/query/alarms',
    name: 'search-alarms',
    summary: 'Search alarms by conditions.',
    access: { rule: 'telemetry:query_alarm' },
    body: SearchBody,
    status: 200,
    handle: async ({ ctx, body }) =>
      (await alarms.list(ctx, searchOf(body, ALARM_COLUMNS, 'created_at'), ctx.isAdmin)).map(alarmView),
  }),
  route({
    method: 'POST',
    url: '/v2/query/alarms/history',
    name: 'search-alarm-history',
    summary: 'Search the history of alarms by conditions.',
    access: { rule: 'telemetry:query_alarm_history' },
    body: SearchBody,
    status: 200,
    handle: async ({ ctx, body }) =>
      (await alarms.history(ctx, searchOf(body, HISTORY_COLUMNS, 'at'), ctx.isAdmin)).map(changeView),
  }),
];

/** A text alone is an answer, too. */
const quoted = (text: string) => new JsonText(JSON.stringify(text));
