import type { StoredCtx } from '#kernel/context.ts';

export const STACK_ACTIONS = [
  'CREATE',
  'DELETE',
  'UPDATE',
  'ROLLBACK',
  'SUSPEND',
  'RESUME',
  'ADOPT',
  'SNAPSHOT',
  'CHECK',
  'RESTORE',
] as const;
export type StackAction = (typeof STACK_ACTIONS)[number];
export type Status = 'IN_PROGRESS' | 'COMPLETE' | 'FAILED';

/** What somebody gave: text and files as they came, so that they can be shown, abandoned and adopted again. */
export interface Recipe {
  readonly template: string;
  readonly files: Readonly<Record<string, string>>;
  /** Merged from all that were given. */
  readonly environment: Readonly<Record<string, unknown>>;
}

export interface Stack {
  readonly id: string;
  readonly name: string;
  readonly projectId: string;
  /** Whoever asked last: resources are made in their name. */
  readonly actor: StoredCtx;
  /** The stack that holds this one as a resource. */
  readonly parentId: string | null;
  readonly parentResource: string | null;
  /** The outermost stack; itself for one that nobody nested. */
  readonly rootId: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly action: StackAction;
  readonly status: Status;
  readonly statusReason: string;
  readonly recipe: Recipe;
  /** The last recipe that was carried out whole: what a rollback goes back to. Null = to nothing. */
  readonly former: Recipe | null;
  /** Of each change that is asked for: what was begun for an older one stops counting. */
  readonly traversal: string;
  readonly disableRollback: boolean;
  readonly timeoutMinutes: number | null;
  /** When the change under way has failed, ISO-8601. */
  readonly deadline: string;
  readonly createdAt: string;
  readonly updatedAt: string | null;
  readonly deletedAt: string | null;
}

/** A stack as lists know it: without its recipe, which is sealed. */
export interface StackSummary extends Pick<
  Stack,
  | 'id'
  | 'name'
  | 'projectId'
  | 'parentId'
  | 'description'
  | 'tags'
  | 'action'
  | 'status'
  | 'statusReason'
  | 'createdAt'
  | 'updatedAt'
  | 'deletedAt'
> {
  /** The name of whoever asked last. */
  readonly owner: string;
}

export const summaryOf = (stack: Stack): Stack & StackSummary => ({ ...stack, owner: stack.actor.user.name });

/** As deep as stacks hold others. */
export const MAX_DEPTH = 5;

/** What the task of a change works on: the whole tree, so that one process does. */
export const stackTarget = ({ rootId }: Pick<Stack, 'rootId'>): string => `stack:${rootId}`;

/** `CREATE_COMPLETE`. */
export const stateOf = ({ action, status }: { readonly action: string; readonly status: Status }): string =>
  `${action}_${status}`;

/** What a stack goes back to that was never whole. */
export const EMPTY_RECIPE: Recipe = {
  template: '{"heat_template_version": "2013-05-23"}',
  files: {},
  environment: {},
};

const DEFAULT_MINUTES = 60;

/** When a change that begins now has failed. */
export const deadlineOf = (now: Date, minutes: number | null): string =>
  new Date(now.getTime() + (minutes || DEFAULT_MINUTES) * 60_000).toISOString();
