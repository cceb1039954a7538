import type { Microversion } from '#kernel/context.ts';
import { isAtLeast } from '#kernel/microversion.ts';
import { eventOf, type ContainerAction } from '../model/action.ts';

/** What was done, as Zun shows it. */
export const actionView = (action: ContainerAction, version: Microversion) => ({
  action: action.action,
  container_uuid: action.containerId,
  request_id: action.requestId,
  user_id: action.userId,
  project_id: action.projectId,
  start_time: timeView(action.startedAt),
  ...(isAtLeast(version, '1.33') && { finish_time: action.finishedAt && timeView(action.finishedAt) }),
  message: action.error === null ? null : 'Error',
});

/** Why it failed is for administrators. */
export const actionDetailView = (action: ContainerAction, version: Microversion, seesWhy: boolean) => ({
  ...actionView(action, version),
  events: [
    {
      event: eventOf(action.action),
      start_time: timeView(action.startedAt),
      finish_time: action.finishedAt && timeView(action.finishedAt),
      result: action.finishedAt && (action.error === null ? 'Success' : 'Error'),
      traceback: seesWhy ? action.error : null,
    },
  ],
});

/** `2030-01-01T00:00:00.000000`. */
const timeView = (iso: string): string => `${iso.slice(0, 23)}000`;
