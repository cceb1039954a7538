import { access } from 'node:fs/promises';
import { Slots } from '#kernel/slots.ts';
import { runInThread } from '#kernel/threads/run-in-thread.ts';
import type { JsonMap } from './json.ts';
import { MAX_TEXT } from './read-text.ts';

export interface ReadOrder {
  readonly text: string;
  readonly subject: 'template' | 'environment' | 'adopt_stack_data';
}

const THREAD = new URL('read-thread.ts', import.meta.url);
/** What is shorter is read before a thread could begin. */
const LARGE = 32 * 1024;
const slots = new Slots(2);

/**
 * A large text, read and checked in a thread of its own, so that the event loop stays free for others. What is small, or larger than
 * anybody reads, stays the text that it is, and so does all where this process may not read its own program any more.
 * @throws CloudError with line and column
 */
export async function readBeside(
  { text, subject }: ReadOrder,
  signal: AbortSignal,
): Promise<string | JsonMap> {
  if (text.length <= LARGE || Buffer.byteLength(text) > MAX_TEXT || !(await isReadable())) return text;
  return slots.run(signal, () => runInThread<JsonMap>(THREAD, { text, subject } satisfies ReadOrder, signal));
}

const isReadable = (): Promise<boolean> =>
  access(THREAD).then(
    () => true,
    () => false,
  );
