import { Type, type Static, type TSchema } from 'typebox';
import { badRequest, CloudError } from '#kernel/errors.ts';
import { Reply, route, type Call, type Route } from '#kernel/http/route.ts';
import { compileValidator, type Validator } from '#kernel/http/validate.ts';
import { isAtLeast } from '#kernel/microversion.ts';

/** Something that is done to an object by `POST …/action` with its name as the body's only key. */
export interface Action {
  readonly name: string;
  readonly since?: string;
  /** Default: 202. */
  readonly status?: number;
  readonly check: Validator;
  readonly schema: TSchema;
  handle(call: Call, id: string, value: never): Promise<unknown>;
}

interface ActionDefinition<S extends TSchema> extends Omit<Action, 'check' | 'handle'> {
  readonly schema: S;
  handle(call: Call, id: string, value: Static<S>): Promise<unknown>;
}

/** Defines an action, with the type of its value taken from its schema. */
export const action = <S extends TSchema>(definition: ActionDefinition<S>): Action => ({
  ...definition,
  check: compileValidator(definition.schema, { subject: definition.name }),
});

/** What takes nothing comes as null, an empty object or an empty text. */
export const Nothing = Type.Optional(Type.Unknown());

interface Target {
  /** `volumes`. */
  readonly path: string;
  /** `volume`: also the path's parameter. */
  readonly singular: string;
  /** Rule of all its actions; each has one of its own besides. */
  readonly rule: string;
  readonly since?: string;
}

export function actionRoute({ path, singular, rule, since }: Target, actions: readonly Action[]): Route {
  const byName = new Map(actions.map((one) => [one.name, one]));
  return route({
    method: 'POST',
    url: `/v3/${path}/:${singular}/action`,
    name: `act-on-${singular}`,
    summary: `One of: ${actions.map(({ name }) => name).join(', ')}.`,
    access: { rule },
    ...(since !== undefined && { since }),
    params: Type.Object({ [singular]: Type.String() }),
    body: Type.Object(Object.fromEntries(actions.map(({ name, schema }) => [name, Type.Optional(schema)]))),
    status: 202,
    async handle(call) {
      const [[name, value] = ['', null], ...more] = Object.entries(call.body as object) as [
        string,
        unknown,
      ][];
      const found = byName.get(name);
      if (!found || more.length > 0) throw badRequest(`There is no such action: ${name}.`);
      if (found.since !== undefined && !isAtLeast(call.ctx.microversion, found.since)) throw tooNew(found);
      const id = (call.params as Record<string, string>)[singular] ?? '';
      const body = await found.handle(call as Call, id, found.check(value) as never);
      return new Reply(body, { status: found.status ?? 202 });
    },
  });
}

const tooNew = ({ name, since }: Action) =>
  new CloudError('not-found', `The action ${name} exists from version ${since} on.`);
