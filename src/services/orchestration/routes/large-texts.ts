import type { Route } from '#kernel/http/route.ts';
import { readBeside, type ReadOrder } from '../template/read-beside.ts';

const SUBJECTS = ['template', 'environment', 'adopt_stack_data'] as const;

type Body = Readonly<Record<string, unknown>>;

/** Calls whose bodies may hold large texts: these are read before anything else is done with them. */
export const readingLargeTexts = (routes: readonly Route[]): Route[] =>
  routes.map((route) => ({
    ...route,
    async handle(call) {
      if (typeof call.body !== 'object' || call.body === null) return route.handle(call);
      const body = (await withTextsRead(call.body, call.ctx.signal)) as typeof call.body;
      return route.handle({ ...call, body });
    },
  }));

async function withTextsRead(body: Body, signal: AbortSignal): Promise<Body> {
  const read = async (text: unknown, subject: ReadOrder['subject']): Promise<unknown> =>
    typeof text === 'string' ? readBeside({ text, subject }, signal) : text;
  const entries = SUBJECTS.filter((subject) => Object.hasOwn(body, subject)).map(async (subject) => [
    subject,
    await read(body[subject], subject),
  ]);
  const files = (body['files'] ?? {}) as Body;
  const named = (body['environment_files'] ?? []) as readonly string[];
  const environments = named
    .filter((name) => Object.hasOwn(files, name))
    .map(async (name) => [name, await read(files[name], 'environment')]);
  return {
    ...body,
    ...Object.fromEntries(await Promise.all(entries)),
    ...(named.length > 0 && { files: { ...files, ...Object.fromEntries(await Promise.all(environments)) } }),
  };
}
