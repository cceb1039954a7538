import { CloudError } from '#kernel/errors.ts';
import { currentRow, type Change } from './change.ts';
import { newRow } from './new-row.ts';

/** Writes why a resource failed; one that never came to be gets a row to say it. */
export async function recordFailure(change: Change, name: string, thrown: unknown): Promise<void> {
  const row = currentRow(change, name) ?? newRow(change, { name });
  const action = row.status === 'COMPLETE' ? 'UPDATE' : row.action;
  const failed = { ...row, traversal: change.stack.traversal };
  await change.rows.enter(failed, { action, status: 'FAILED', statusReason: reasonOf(thrown, name) });
}

const FIRST_FAILURE = /^Resource \w+ failed: (?<title>\w+): resources\.(?<place>.*)$/s;

/** What the stack that a resource holds has failed with. */
export class ChildFailure extends CloudError {
  constructor(reason: string) {
    super('internal', reason);
  }

  /** The cause at the root, with the way to it. */
  reasonIn(name: string): string {
    const { title, place } = FIRST_FAILURE.exec(this.message)?.groups ?? {};
    return title === undefined
      ? `Error: resources.${name}: ${this.message}`
      : `${title}: resources.${name}.resources.${place}`;
  }
}

/** `NotFound: resources.port: Network x could not be found.`: what it was, where, and its own words. */
export function reasonOf(thrown: unknown, name: string): string {
  if (thrown instanceof ChildFailure) return thrown.reasonIn(name);
  const { kind, message } = CloudError.from(thrown);
  const title = kind
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
  return `${title}: resources.${name}: ${message}`;
}
