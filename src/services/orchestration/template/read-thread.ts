import { answerAsThread } from '#kernel/threads/answer-as-thread.ts';
import { parseEnvironment } from './environment.ts';
import { parseTemplate } from './parse-template.ts';
import type { ReadOrder } from './read-beside.ts';
import { readText } from './read-text.ts';

/** What is wrong is said while it is known on which line it stands. */
await answerAsThread(async ({ text, subject }: ReadOrder) => {
  if (subject === 'template') return parseTemplate(text).source;
  const { value } = readText(text, subject);
  if (subject === 'environment') parseEnvironment(value);
  return value;
});
