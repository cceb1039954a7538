import { badRequest } from '#kernel/errors.ts';
import { readProperties, type PropertySchemas } from '../resources/property.ts';
import type { ResourceTypes } from '../resources/registry.ts';
import type { JsonMap } from '../template/json.ts';
import type { ResourceDefinition } from '../template/template.ts';
import { knownPart, MAX_RESOURCES } from './check.ts';
import { childRecipe } from './child.ts';
import { compilePartly, type Compiled } from './compile.ts';
import { typeOf } from './types.ts';

/** Looks into stacks that are not there yet: no further than a tree may be large. */
export class Foresight {
  readonly #types: ResourceTypes;
  readonly #now: Date;
  #left = MAX_RESOURCES;

  constructor(types: ResourceTypes, now: Date) {
    this.#types = types;
    this.#now = now;
  }

  /**
   * The stack that a resource will hold; undefined where it holds none, or nobody can tell yet.
   * @param names of a group's members by now; without them, one stands for all
   * @throws CloudError `bad-request` when there is too much to look at
   */
  child(compiled: Compiled, name: string, names?: readonly string[]): Compiled | undefined {
    const definition = compiled.template.resources.get(name);
    const child = definition && this.#look(compiled, definition, names);
    this.#left -= child?.wanted.size ?? 0;
    if (this.#left < 0)
      throw badRequest(`You have reached the maximum resources per stack, ${MAX_RESOURCES}.`, {
        code: 'RequestLimitExceeded',
      });
    return child;
  }

  #look(
    compiled: Compiled,
    definition: ResourceDefinition,
    names: readonly string[] | undefined,
  ): Compiled | undefined {
    try {
      const type = typeOf(compiled, this.#types, definition);
      if (!type.foreseen || type.standsAlone) return undefined;
      const { schemas, values } = knownPart(definition.properties, type, compiled.scope([]));
      const properties = this.#read(schemas, values);
      const whole = names && { names, atMost: this.#left + 1 };
      const recipe = childRecipe(compiled, definition.name, type.foreseen(properties, whole));
      const { identity } = compiled;
      return compilePartly(recipe, { ...identity, name: `${identity.name}-${definition.name}` }, this.#now);
    } catch {
      // What waits for others, or for values that nobody gave, is not known yet.
      return undefined;
    }
  }

  /** What is missing is no error: it may be known later. */
  #read(schemas: PropertySchemas, values: JsonMap): JsonMap {
    const loose = Object.entries(schemas).map(([name, schema]) => [name, { ...schema, required: false }]);
    return readProperties(Object.fromEntries(loose) as PropertySchemas, values, {
      path: 'properties',
      now: this.#now,
    });
  }
}
