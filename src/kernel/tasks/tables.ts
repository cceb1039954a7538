import { sql, type RawBuilder, type Selectable } from 'kysely';
import type { TaskState } from './task.ts';

export interface TaskTables {
  task: TaskTable;
  task_step: TaskStepTable;
}

export interface TaskTable {
  id: string;
  kind: string;
  target: string;
  project: string | null;
  ctx: string;
  input: string;
  state: TaskState;
  /** What runs next, or is undone next; null when all steps are through and the closing hook remains. */
  step: string | null;
  /** Tries of the step, 1 for the first. */
  attempt: number;
  /** When a runner must look at it: to run it, or, while a worker holds it, because the worker's lease ends. */
  run_at: string;
  /** Who holds it; null while nobody works on it. */
  worker: string | null;
  /** Grows with every claim. Whoever writes with an old one changes nothing. */
  fence: number;
  /** Counts wake-ups, so that one that comes while the step decides to park is noticed. */
  wakes: number;
  /** What a parked step waits for; null when it is not parked. */
  waits_for: string | null;
  /** What the last try failed with, in words. */
  error: string | null;
  /** Why it is undone: a `Failure` as JSON. */
  failure: string | null;
  /** Why it shall be undone at its next step boundary. */
  cancel: string | null;
  /** Seconds from its turn to its deadline. */
  patience: number;
  deadline: string;
  /** Its place in the queue behind the open task of its target; 0 when there was none. */
  place: number;
  created_at: string;
  updated_at: string;
}

export interface TaskStepTable {
  task: string;
  name: string;
  output: string;
  state: 'done' | 'undone';
  at: string;
}

export type TaskRow = Selectable<TaskTable>;
export type TaskPatch = { readonly [K in keyof TaskTable]?: TaskTable[K] | RawBuilder<TaskTable[K]> };

/** Spelled out, not bound, so that both engines see that the partial indexes apply. */
export const OPEN = sql<boolean>`state in ('pending', 'running', 'waiting', 'undoing')`;
export const ENDED = sql<boolean>`state in ('done', 'failed')`;
