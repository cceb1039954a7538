import { conflict } from '#kernel/errors.ts';
import type { Container, Status } from './container.ts';

const DELETABLE: readonly Status[] = ['Created', 'Error', 'Stopped', 'Deleted', 'Dead'];
const ALTERABLE: readonly Status[] = ['Created', 'Running', 'Stopped', 'Paused'];
const REBOOTABLE: readonly Status[] = ['Created', 'Running', 'Stopped', 'Error'];
const RUNNING: readonly Status[] = ['Running'];

/** Each action and the statuses it is allowed in. */
const can = {
  start: ['Created', 'Stopped', 'Error'],
  stop: RUNNING,
  pause: RUNNING,
  unpause: ['Paused'],
  reboot: REBOOTABLE,
  rebuild: REBOOTABLE,
  commit: ['Running', 'Stopped', 'Paused'],
  get_archive: ALTERABLE,
  put_archive: ALTERABLE,
  resize_container: ALTERABLE,
  kill: RUNNING,
  execute: RUNNING,
  execute_resize: RUNNING,
  attach: RUNNING,
  resize: RUNNING,
  top: RUNNING,
  stats: RUNNING,
  logs: ['Created', 'Error', 'Paused', 'Running', 'Stopped', 'Unknown'],
  update: ALTERABLE,
  add_security_group: ALTERABLE,
  remove_security_group: ALTERABLE,
  delete: DELETABLE,
  delete_after_stop: ['Running', ...DELETABLE],
  delete_force: [
    'Creating',
    'Running',
    'Unknown',
    'Restarting',
    'Rebuilding',
    'Deleting',
    'Paused',
    ...DELETABLE,
  ],
} satisfies Record<string, readonly Status[]>;

export type Action = keyof typeof can;

export const isAllowed = (action: Action, status: string): boolean =>
  (can[action] as readonly string[]).includes(status);

/** @throws CloudError `conflict` in Zun's words. */
export function assertCan(action: Action, container: Pick<Container, 'id' | 'status'>): void {
  if (isAllowed(action, container.status)) return;
  const verb = action.startsWith('delete') ? 'delete' : action;
  throw conflict(`Cannot ${verb} container ${container.id} in ${container.status} state.`, {
    code: 'conflict',
  });
}
