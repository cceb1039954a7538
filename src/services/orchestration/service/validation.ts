import { badRequest, CloudError } from '#kernel/errors.ts';
import type { Ctx } from '#kernel/context.ts';
import { projectOf } from '#kernel/context.ts';
import type { Recipe } from '../model/stack.ts';
import type { Compiled } from '../engine/compile.ts';
import type { Foresight } from '../engine/foresee.ts';
import { parseEnvironment, type Environment } from '../template/environment.ts';
import type { Json, JsonMap } from '../template/json.ts';
import type { ParameterSchema } from '../template/parameter-schema.ts';
import { parseTemplate } from '../template/parse-template.ts';
import type { Template } from '../template/template.ts';
import type { StackService } from './stacks.ts';

export interface Validated extends Asked {
  readonly environment: JsonMap;
}

/** What a template asks for. */
export interface Asked {
  readonly template: Template;
  /** With the values that were given, and the defaults that hold. */
  readonly parameters: readonly {
    readonly schema: ParameterSchema;
    readonly value: Json | undefined;
    readonly preset: Json | undefined;
  }[];
}

/** What the template asks for of a stack that a resource will hold. */
export interface NestedAsked extends Asked {
  /** Of the resource. */
  readonly type: string;
  readonly nested: NestedAsks;
}

/** By the names of resources. */
export type NestedAsks = ReadonlyMap<string, NestedAsked>;

/** What is left to be asked for when a service is missing: its types are passed over. */
const RESOURCE_UNAVAILABLE = '99001';

/**
 * A template, read and checked as far as it can be with the values that were given; those that are missing are no error.
 * @throws CloudError `bad-request` with the place
 */
export function validate(
  stacks: StackService,
  ctx: Ctx,
  { recipe, ignored }: { readonly recipe: Recipe; readonly ignored: readonly string[] },
): Validated {
  const wrong = ignored.filter((code) => code !== RESOURCE_UNAVAILABLE);
  if (wrong.length > 0) throw badRequest(`Invalid codes in ignore_errors : [${wrong.join(', ')}]`);
  const template = parseTemplate(recipe.template);
  const environment = parseEnvironment(recipe.environment as Json);
  const id = { id: 'None', name: 'validated', projectId: projectOf(ctx) };
  try {
    stacks.checked(recipe, id);
  } catch (thrown) {
    const { code } = CloudError.from(thrown);
    const passedOver =
      code === 'UserParameterMissing' ||
      (code === 'EntityNotFound' && ignored.includes(RESOURCE_UNAVAILABLE));
    if (!passedOver) throw thrown;
  }
  return { ...askedBy(template, environment), environment: environment.source };
}

const askedBy = (template: Template, { parameters, parameterDefaults }: Environment): Asked => ({
  template,
  parameters: [...template.parameters.values()].map((schema) => ({
    schema,
    value: parameters[schema.name],
    preset: parameterDefaults[schema.name] ?? schema.default,
  })),
});

/** What the stacks that a template's resources will hold ask for, as far as that is known. */
export function nestedAsks(compiled: Compiled, foresight: Foresight): NestedAsks {
  const found = [...compiled.wanted.keys()].flatMap((name) => {
    const child = foresight.child(compiled, name);
    if (!child) return [];
    const type = compiled.template.resources.get(name)?.type ?? '';
    const asked = askedBy(child.template, child.environment);
    return [[name, { ...asked, type, nested: nestedAsks(child, foresight) }] as const];
  });
  return new Map(found);
}
