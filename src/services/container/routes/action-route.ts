import { Type, type Static, type TSchema } from 'typebox';
import { route, type Call, type Method, type Route } from '#kernel/http/route.ts';
import { ContainerParams } from '../schema/common.ts';
import { mergedParameters } from './parameters.ts';

interface ActionDefinition<P extends TSchema> {
  readonly method?: Method;
  /** Last part of the URL: `stop`. */
  readonly verb: string;
  readonly summary: string;
  /** Default: `<verb>-container`. */
  readonly name?: string;
  /** Microversions, both inclusive. */
  readonly since?: string;
  readonly until?: string;
  /** Default: the rule named like the verb. */
  readonly rule?: string;
  /** Default: 202. */
  readonly status?: number;
  readonly parameters: P;
  /** @returns the body; an action without one answers `null`. */
  handle(call: Call<{ container: string }>, parameters: Static<P>): Promise<unknown>;
}

/** An action on a container, with merged parameters. */
export function actionRoute<P extends TSchema>(definition: ActionDefinition<P>): Route {
  const { verb, summary, parameters, rule = `container:${verb}`, status = 202 } = definition;
  const { method = 'POST', since, until } = definition;
  const read = mergedParameters(parameters);
  return route({
    method,
    url: `/v1/containers/:container/${verb}`,
    name: definition.name ?? `${verb.replaceAll(/[_/]/g, '-')}-container`,
    summary,
    access: { rule },
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
    params: ContainerParams,
    parameters,
    ...(method !== 'GET' && { body: Type.Unknown() }),
    status,
    async handle(call) {
      return (await definition.handle(call, read(call))) ?? null;
    },
  });
}
