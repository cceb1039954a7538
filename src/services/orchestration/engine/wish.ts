import { badRequest } from '#kernel/errors.ts';
import type { Resource } from '../model/resource.ts';
import { readProperties } from '../resources/property.ts';
import type { ResourceType } from '../resources/resource-type.ts';
import { resolve } from '../template/expression.ts';
import { isMap, type Json, type JsonMap } from '../template/json.ts';
import { currentRow, type Change } from './change.ts';
import { typeOf } from './types.ts';

/** What a resource should be, as the template says it now that all it needs is known. */
export interface Wish extends Pick<Resource, 'name' | 'deletionPolicy' | 'needs'> {
  readonly type: ResourceType;
  readonly properties: JsonMap;
  readonly metadata: JsonMap;
  readonly updatePolicy: JsonMap;
}

/** What a wish is made of. */
export interface Wishing extends Pick<Change, 'compiled' | 'types' | 'clock'> {
  readonly rows: { readonly all: readonly Resource[] };
}

/** @throws CloudError `bad-request` for values that its type does not take. */
export function wishFor(change: Wishing, name: string): Wish {
  const { compiled, types } = change;
  const definition = compiled.template.resources.get(name);
  if (!definition) throw badRequest(`The template has no resource ${name}.`);
  const type = typeOf(compiled, types, definition);
  const scope = compiled.scope(change.rows.all);
  const given = resolve(definition.properties, scope);
  const place = `resources.${name}.properties`;
  return {
    name,
    type,
    properties: type.takesAll
      ? asMap(given)
      : readProperties(type.properties, asMap(given), { path: place, now: change.clock.now() }),
    metadata: asMap(resolve(definition.metadata, scope)),
    updatePolicy: asMap(resolve(definition.updatePolicy, scope)),
    deletionPolicy: definition.deletionPolicy,
    needs: needsOf(change, name),
  };
}

const asMap = (value: Json): JsonMap => (isMap(value) ? value : {});

/** The rows that it uses. */
function needsOf(change: Wishing, name: string): string[] {
  const names = [...(change.compiled.wanted.get(name) ?? [])];
  return names.flatMap((need) => currentRow(change, need)?.id ?? []);
}
