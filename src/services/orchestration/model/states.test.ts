import { expect, it } from 'vitest';
import { can, stateIn, type StackAsk } from './states.ts';

const allowed = (words: string): StackAsk[] => {
  const state = stateIn(words);
  return state ? (Object.keys(can) as StackAsk[]).filter((ask) => can[ask](state)) : [];
};

it.each([
  ['CREATE_COMPLETE', ['update', 'suspend', 'check']],
  ['CREATE_IN_PROGRESS', ['update', 'cancel_without_rollback']],
  ['UPDATE_IN_PROGRESS', ['update', 'cancel_update', 'cancel_without_rollback']],
  ['UPDATE_FAILED', ['update', 'suspend', 'check']],
  ['SUSPEND_IN_PROGRESS', []],
  ['SUSPEND_COMPLETE', ['suspend', 'resume', 'check']],
  ['RESUME_FAILED', ['update', 'suspend', 'resume', 'check']],
  ['DELETE_IN_PROGRESS', []],
  ['DELETE_FAILED', ['update', 'suspend', 'check']],
  ['something else', []],
])('allows in %s what a stack can do then', (words, asks) => {
  expect(allowed(words)).toEqual(asks);
});
