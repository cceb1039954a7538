import type { Static, TSchema } from 'typebox';
import { badRequest } from '#kernel/errors.ts';
import type { Call } from '#kernel/http/route.ts';
import { compileValidator } from '#kernel/http/validate.ts';

/** Parameters come in the query, in a JSON body, or in both, and then the body's count. */
export function mergedParameters<P extends TSchema>(
  schema: P,
): (call: Pick<Call, 'query' | 'body'>) => Static<P> {
  const check = compileValidator(schema, { subject: 'parameters', convert: true });
  return ({ query, body }) => check({ ...(query as object), ...objectOf(body) }) as Static<P>;
}

function objectOf(body: unknown): object {
  if (body === undefined || body === null) return {};
  if (typeof body === 'object' && !Array.isArray(body)) return body;
  throw badRequest('The request body must be a JSON object.');
}
