import { conditionsOf, mappingsOf } from '../template/conditions.ts';
import { attributesAsked, dependencies } from '../template/dependencies.ts';
import { parseEnvironment, type Environment } from '../template/environment.ts';
import type { AttributePath, Scope } from '../template/expression.ts';
import type { Json } from '../template/json.ts';
import { parseTemplate } from '../template/parse-template.ts';
import {
  parameterScope,
  parameterValues,
  type ParameterValue,
  type StackIdentity,
} from '../template/parameters.ts';
import { badRequest } from '#kernel/errors.ts';
import type { Resource } from '../model/resource.ts';
import type { Recipe, Stack } from '../model/stack.ts';
import { templateResource } from '../resources/nested/template-resource.ts';
import type { ResourceType } from '../resources/resource-type.ts';
import type { Template } from '../template/template.ts';
import { attributeKey } from './attributes.ts';
import { withImplied } from './implied.ts';
import { currentRows } from './plan.ts';

/** A recipe, understood: all that the engine asks of it during one change. */
export interface Compiled {
  readonly template: Template;
  readonly environment: Environment;
  readonly parameters: ReadonlyMap<string, ParameterValue>;
  /** Names that the template asks for, under its conditions, each with those it needs. */
  readonly wanted: ReadonlyMap<string, ReadonlySet<string>>;
  readonly attributesAsked: ReadonlyMap<string, readonly AttributePath[]>;
  /** What a template among the files is as a type. @throws CloudError `bad-request` */
  templateType(path: string): ResourceType;
  readonly identity: Identity;
  readonly recipe: Recipe;
  /** What expressions may ask, with resources as these rows say. */
  scope(rows: readonly Resource[]): Scope;
}

/** What a stack is, to its own template. */
export interface Identity extends Pick<Stack, 'id' | 'name' | 'projectId'> {
  readonly region: string;
}

export function withArn({ id, name, projectId, region }: Identity): StackIdentity {
  return { id, name, projectId, region, arn: `arn:openstack:heat::${projectId}:stacks/${name}/${id}` };
}

/** @throws CloudError with the place, for everything that can be known without asking anybody */
export const compile = (recipe: Recipe, stack: Identity, now: Date): Compiled =>
  understood(recipe, stack, { now, partly: false });

/** The same to look ahead alone: what nobody gave a value for is null. @throws as `compile` */
export const compilePartly = (recipe: Recipe, stack: Identity, now: Date): Compiled =>
  understood(recipe, stack, { now, partly: true });

function understood(
  recipe: Recipe,
  stack: Identity,
  { now, partly }: { readonly now: Date; readonly partly: boolean },
): Compiled {
  const template = parseTemplate(recipe.template);
  const environment = parseEnvironment(recipe.environment as Json);
  const given = { values: environment.parameters, defaults: environment.parameterDefaults, partly };
  const parameters = parameterValues(template, given, { now });
  const fixed = fixedScope({ template, parameters, recipe, stack });
  return {
    template,
    environment,
    parameters,
    wanted: withImplied(template, dependencies(template, fixed)),
    attributesAsked: attributesAsked(template, fixed),
    templateType: templateTypes(recipe, environment),
    identity: stack,
    recipe,
    scope: (rows) => ({ ...fixed, ...resourceScope(rows) }),
  };
}

/** Each is read once. */
function templateTypes({ files }: Recipe, { parameterDefaults }: Environment): Compiled['templateType'] {
  const read = new Map<string, ResourceType>();
  return (path) => {
    const type = read.get(path) ?? templateResource(path, fileOf(files, path), parameterDefaults);
    read.set(path, type);
    return type;
  };
}

/** A stack that is to go wants nothing, whatever its template says. */
export const nothing = (compiled: Compiled): Compiled => ({ ...compiled, wanted: new Map() });

interface Parts {
  readonly template: Template;
  readonly parameters: ReadonlyMap<string, ParameterValue>;
  readonly recipe: Recipe;
  readonly stack: Identity;
}

/** All but resources, of which nothing is known. */
function fixedScope({ template, parameters, recipe, stack }: Parts): Scope {
  const known = parameterScope(template, parameters, withArn(stack));
  const isLeftOut = (name: string) => template.parameters.has(name) && !parameters.has(name);
  const parameter = (name: string) => (isLeftOut(name) ? null : known(name));
  return {
    parameter,
    condition: conditionsOf(template, { parameter }),
    mapping: mappingsOf(template),
    file: (path) => fileOf(recipe.files, path),
    facade: () => null,
    resource: () => null,
    attribute: () => null,
  };
}

function fileOf(files: Recipe['files'], path: string): string {
  const content = Object.hasOwn(files, path) ? files[path] : undefined;
  if (content === undefined)
    throw badRequest(`No content found in the "files" section for get_file path: ${path}`, {
      code: 'StackValidationFailed',
    });
  return content;
}

function resourceScope(rows: readonly Resource[]): Pick<Scope, 'resource' | 'attribute'> {
  const current = currentRows(rows);
  return {
    resource: (name) => current.get(name)?.reference ?? null,
    attribute(name, path) {
      const known = current.get(name)?.attributes ?? {};
      const key = attributeKey(path);
      return Object.hasOwn(known, key) ? (known[key] as Json) : null;
    },
  };
}
