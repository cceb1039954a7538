import { Type, type Static, type TSchema } from 'typebox';
import { badRequest } from '#kernel/errors.ts';
import { route, type Call, type Method, type Route } from '#kernel/http/route.ts';
import { compileValidator } from '#kernel/http/validate.ts';
import { ContainerParams } from '../schema/common.ts';

interface ActionDefinition<P extends TSchema> {
  readonly method?: Method;
  /** Last part of the URL: `stop`. */
  readonly verb: string;
  readonly summary: string;
  /** Default: the rule named like the verb. */
  readonly rule?: string;
  /** Default: 202. */
  readonly status?: number;
  readonly parameters: P;
  /** @returns the body; an action without one answers `null`. */
  handle(call: Call<{ container: string }>, parameters: Static<P>): Promise<unknown>;
}

/** An action on a container. Its parameters come in the query, in a JSON body, or in both, and then the body's count. */
export function actionRoute<P extends TSchema>(definition: ActionDefinition<P>): Route {
  const { verb, summary, parameters, rule = `container:${verb}`, status = 202 } = definition;
  const method = definition.method ?? 'POST';
  const check = compileValidator(parameters, { subject: 'parameters', convert: true });
  return route({
    method,
    url: `/v1/containers/:container/${verb}`,
    name: `${verb.replaceAll(/[_/]/g, '-')}-container`,
    summary,
    access: { rule },
    params: ContainerParams,
    ...(method !== 'GET' && { body: Type.Unknown() }),
    status,
    async handle(call) {
      const merged = { ...(call.query as object), ...objectOf(call.body) };
      return (await definition.handle(call, check(merged) as Static<P>)) ?? null;
    },
  });
}

function objectOf(body: unknown): object {
  if (body === undefined || body === null) return {};
  if (typeof body === 'object' && !Array.isArray(body)) return body;
  throw badRequest('The request body must be a JSON object.');
}
