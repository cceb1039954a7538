import { wireSeconds } from '#kernel/clock.ts';
import type { ImageTask } from '../model/task.ts';

export const taskView = (task: ImageTask) => ({
  id: task.id,
  type: task.type,
  status: task.status,
  owner: task.owner,
  owner_id: task.owner,
  user_id: task.userId,
  request_id: task.requestId,
  image_id: task.imageId,
  input: task.input,
  result: task.status === 'success' ? { image_id: task.imageId } : null,
  message: task.message,
  created_at: wireSeconds(task.createdAt),
  updated_at: wireSeconds(task.updatedAt),
  ...(task.expiresAt === null ? {} : { expires_at: wireSeconds(task.expiresAt) }),
  self: `/v2/tasks/${task.id}`,
  schema: '/v2/schemas/task',
});

/** Lists leave out what goes in and what comes out. */
export const taskListView = (tasks: readonly ImageTask[], query: string, next: string | null) => ({
  tasks: tasks.map((task) => {
    const { input: _input, result: _result, message: _message, ...rest } = taskView(task);
    return rest;
  }),
  first: `/v2/tasks${query === '' ? '' : `?${query}`}`,
  ...(next === null ? {} : { next: `/v2/tasks?${next}` }),
  schema: '/v2/schemas/tasks',
});
