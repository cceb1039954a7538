import { CloudError } from '#kernel/errors.ts';
import { currentRow, type Change } from './change.ts';
import { newRow } from './new-row.ts';
import type { Restricted } from './untouched.ts';

/** Writes why a resource failed; one that never came to be gets a row to say it. */
export async function recordFailure(change: Change, name: string, thrown: unknown): Promise<void> {
  const row = currentRow(change, name) ?? newRow(change, { name });
  const action = row.action === 'INIT' ? 'CREATE' : row.status === 'COMPLETE' ? 'UPDATE' : row.action;
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

/** A resource that must not be changed stays as it is, and only its events say so. @returns how the change ends by it */
export async function recordRefusal(
  change: Change,
  resource: string,
  { name, message }: Restricted,
): Promise<string> {
  const row = currentRow(change, resource);
  if (row) await change.rows.refuse(row, message);
  return `Resource UPDATE failed: ${name}: resources.${resource}: ${message}`;
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
