import type { Constraint } from '../template/constraints.ts';
import type { Json } from '../template/json.ts';

export type PropertyType = 'string' | 'integer' | 'number' | 'boolean' | 'list' | 'map' | 'any';

/** A property of a resource type: what it takes, and what a change of it means. */
export interface PropertySchema {
  readonly type: PropertyType;
  readonly description?: string;
  readonly required?: boolean;
  /** A change is made in place; else the resource is replaced. */
  readonly updateAllowed?: boolean;
  /** A change is refused. */
  readonly immutable?: boolean;
  readonly default?: Json;
  readonly constraints?: readonly Constraint[];
  /** Of each item of a list. */
  readonly items?: PropertySchema;
  /** The keys of a map; without it, it may have any. */
  readonly schema?: PropertySchemas;
  /** Takes texts for lists (`a,b`), and lists and texts for maps: a nested template's parameters. */
  readonly convert?: boolean;
  /** Never shown in the API: passwords. */
  readonly hidden?: boolean;
}

export type PropertySchemas = { readonly [name: string]: PropertySchema };
