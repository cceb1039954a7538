import { badRequest, CloudError } from '#kernel/errors.ts';
import { readProperties, type PropertySchemas } from '../resources/property.ts';
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
import type { Compiled } from './compile.ts';

export const MAX_RESOURCES = 1_000;

export interface Checks {
  readonly types: ResourceTypes;
  readonly now: Date;
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
    if (definition) checkResource(definition, scope, checks);
  }
}

function checkResource(definition: ResourceDefinition, scope: Scope, { types, now }: Checks): void {
  const type = typeOf(definition, types);
  if (type.takesAll) return;
  const { schemas, values } = knownPart(definition.properties, type, scope);
  readProperties(schemas, values, { path: `${definition.path}.properties`, now });
}

function typeOf({ type, path }: ResourceDefinition, types: ResourceTypes): ResourceType {
  try {
    return types.get(type);
  } catch (thrown) {
    const { message, code } = CloudError.from(thrown);
    throw badRequest(`${path}.type: ${message}`, { code, cause: thrown });
  }
}

/** The properties that are known now, and the schemas of those and of all that nobody gave. */
function knownPart(properties: Expression, { properties: schemas }: ResourceType, scope: Scope) {
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
    schemas: Object.fromEntries(
      Object.entries(schemas).filter(([name]) => !late.has(name)),
    ) as PropertySchemas,
    values: isMap(value) ? value : {},
  };
}
