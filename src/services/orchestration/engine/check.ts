import { badRequest, CloudError } from '#kernel/errors.ts';
import { readProperties } from '../resources/property.ts';
import type { ResourceTypes } from '../resources/registry.ts';
import type { ResourceType } from '../resources/resource-type.ts';
import {
  Call,
  isExpressionMap,
  references,
  resolve,
  type Expression,
  type Scope,
} from '../template/expression.ts';
import { isMap } from '../template/json.ts';
import type { ResourceDefinition } from '../template/template.ts';
import type { ChildRecipe } from '../resources/nested-stack.ts';
import { MAX_DEPTH } from '../model/stack.ts';
import { childRecipe } from './child.ts';
import { compile, type Compiled } from './compile.ts';
import { typeOf } from './types.ts';

export const MAX_RESOURCES = 1_000;

export interface Checks {
  readonly types: ResourceTypes;
  readonly now: Date;
  /** How many stacks are around this one. */
  readonly depth?: number;
}

/**
 * All that can be known of a recipe's resources before anything is made: their types, the names of their properties, and the values that
 * wait for no other resource.
 * @throws CloudError `bad-request` with the place
 */
export function checkResources(compiled: Compiled, checks: Checks): void {
  if (compiled.wanted.size > MAX_RESOURCES)
    throw badRequest(
      `Request limit exceeded: You have reached the maximum resources per stack, ${MAX_RESOURCES}.`,
      { code: 'RequestLimitExceeded' },
    );
  const scope = compiled.scope([]);
  for (const name of compiled.wanted.keys()) {
    const definition = compiled.template.resources.get(name);
    if (definition) checkResource(compiled, definition, { ...checks, scope });
  }
}

function checkResource(
  compiled: Compiled,
  definition: ResourceDefinition,
  { scope, ...checks }: Checks & { readonly scope: Scope },
): void {
  const type = knownType(compiled, definition, checks.types);
  if (type.takesAll) return;
  const { schemas, values } = knownPart(definition.properties, type, scope);
  const reading = { path: `${definition.path}.properties`, now: checks.now };
  const properties = readProperties(schemas, values, reading);
  const isWhole = Object.keys(schemas).length === Object.keys(type.properties).length;
  const child = isWhole ? type.foreseen?.(properties) : undefined;
  if (child) checkChild(compiled, { definition, type, child }, checks);
}

interface Foreseen {
  readonly definition: ResourceDefinition;
  readonly type: ResourceType;
  readonly child: ChildRecipe;
}

/** The stack that a resource will hold, and those below it. */
function checkChild(
  { recipe, environment, identity }: Compiled,
  { definition, type, child }: Foreseen,
  { depth = 0, ...checks }: Checks,
): void {
  if (depth >= MAX_DEPTH)
    throw badRequest(`Recursion depth exceeds ${MAX_DEPTH}.`, { code: 'RequestLimitExceeded' });
  try {
    const inner = childRecipe({ recipe, environment }, definition.name, child);
    checkResources(compile(inner, identity, checks.now), { ...checks, depth: depth + 1 });
  } catch (thrown) {
    const { message, code } = CloudError.from(thrown);
    throw badRequest(`${definition.path}<${type.name}>: ${message}`, { code, cause: thrown });
  }
}

function knownType(compiled: Compiled, definition: ResourceDefinition, types: ResourceTypes): ResourceType {
  const { path } = definition;
  try {
    return typeOf(compiled, types, definition);
  } catch (thrown) {
    const { message, code } = CloudError.from(thrown);
    throw badRequest(`${path}.type: ${message}`, { code, cause: thrown });
  }
}

/** The properties that are known now, and the schemas of those and of all that nobody gave. */
export function knownPart(properties: Expression, { properties: schemas }: ResourceType, scope: Scope) {
  const waits = (expression: Expression) => references(expression, scope).resources.size > 0;
  if (properties instanceof Call || !isExpressionMap(properties)) {
    if (waits(properties)) return { schemas: {}, values: {} };
    const value = resolve(properties, scope);
    return { schemas, values: isMap(value) ? value : {} };
  }
  const late = new Set(Object.keys(properties).filter((name) => waits(properties[name] ?? null)));
  for (const name of late) if (!Object.hasOwn(schemas, name)) return { schemas, values: { [name]: null } };
  const early = Object.entries(properties).filter(([name]) => !late.has(name));
  const value = resolve(Object.fromEntries(early), scope);
  return {
    schemas: Object.fromEntries(Object.entries(schemas).filter(([name]) => !late.has(name))),
    values: isMap(value) ? value : {},
  };
}
