import { STACK_ACTIONS, type Stack, type StackAction, type Status } from './stack.ts';

type State = Pick<Stack, 'action' | 'status'>;

const atRest = ({ status }: State): boolean => status !== 'IN_PROGRESS';
const under =
  (...actions: readonly StackAction[]) =>
  ({ action, status }: State): boolean =>
    status === 'IN_PROGRESS' && actions.includes(action);

/** What can be asked of a stack, and in which states. */
export const can = {
  update: (state: State) => state.action !== 'SUSPEND' && !under('DELETE')(state),
  suspend: atRest,
  resume: (state: State) => atRest(state) && ['SUSPEND', 'RESUME'].includes(state.action),
  check: atRest,
  cancel_update: under('UPDATE'),
  cancel_without_rollback: under('CREATE', 'UPDATE', 'ROLLBACK'),
} satisfies Record<string, (state: State) => boolean>;

export type StackAsk = keyof typeof can;

/** Of what the API calls a stack's status: `UPDATE_IN_PROGRESS`. undefined = it is none */
export function stateIn(words: string): State | undefined {
  const action = STACK_ACTIONS.find((one) => words.startsWith(`${one}_`));
  return action && { action, status: words.slice(action.length + 1) as Status };
}
