import type { RawBuilder } from 'kysely';
import type { CloudError } from '../errors.ts';
import { restoreFailure, storeFailure } from './failure.ts';
import type { TaskPatch, TaskRow } from './tables.ts';
import type { TaskKind, TaskStep } from './task.ts';

/** How a task moves over its steps: pure rules, each returning the change to write. */

/** A fresh try of another step: nothing sticks to it from the last one. */
const fresh = (step: string | null) => ({ step, attempt: 1, error: null }) satisfies TaskPatch;

const nameAt = (kind: TaskKind, index: number): string | null => kind.steps[index]?.name ?? null;
const indexOf = (kind: TaskKind, step: string | null) => kind.steps.findIndex(({ name }) => name === step);

/** The step a task stands at; undefined when all are through, or when the kind no longer has it. */
export const stepOf = (kind: TaskKind, row: TaskRow): TaskStep | undefined =>
  kind.steps[indexOf(kind, row.step)];

/** On to the next step, or past the last one. */
export const advance = (kind: TaskKind, row: TaskRow): TaskPatch =>
  fresh(nameAt(kind, indexOf(kind, row.step) + 1));

/** Turns round. The step it stands at may have run by half, so that is the first to be undone. */
export const turn = (kind: TaskKind, row: TaskRow, failure: CloudError): TaskPatch => ({
  ...fresh(undoable(kind, position(kind, row.step))),
  state: 'undoing',
  error: failure.message,
  failure: storeFailure(failure),
});

/** Back to the nearest step before that has something to undo; null when all is undone. */
export const retreat = (kind: TaskKind, row: TaskRow): TaskPatch => ({
  ...fresh(undoable(kind, position(kind, row.step) - 1)),
  error: restoreFailure(row.failure).message,
});

/** Past the end when all steps are through. A step that the kind no longer has counts as that too: better undone in vain than not. */
const position = (kind: TaskKind, step: string | null): number => {
  const index = indexOf(kind, step);
  return index < 0 ? kind.steps.length : index;
};

const undoable = (kind: TaskKind, from: number): string | null =>
  nameAt(
    kind,
    kind.steps.findLastIndex((step, index) => index <= from && step.undo !== undefined),
  );

/** Nobody's, to be gone on with at `run_at`. */
export const leave = (row: TaskRow, runAt: string | RawBuilder<string>): TaskPatch => ({
  worker: null,
  state: row.state === 'undoing' ? 'undoing' : 'waiting',
  run_at: runAt,
});

export const end = (row: TaskRow): TaskPatch => ({
  state: row.state === 'undoing' ? 'failed' : 'done',
  worker: null,
  step: null,
  waits_for: null,
  error: row.failure === null ? null : restoreFailure(row.failure).message,
});
