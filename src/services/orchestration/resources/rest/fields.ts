import type { Json } from '../../template/json.ts';
import type { Collection } from './collection.ts';
import type { Field, Fields } from './field.ts';

type More = Partial<Field>;

const field =
  (type: Field['type']) =>
  (description: string, more: More = {}): Field => ({ type, description, ...more });

export const text = field('string');
export const integer = field('integer');
export const number = field('number');
export const flag = field('boolean');
export const list = field('list');
export const map = field('map');

/** The name or id of another thing. */
export const ref = (of: Collection, description: string, more: More = {}): Field => ({
  type: 'string',
  description,
  of,
  ...(of.constraint === undefined ? {} : { constraints: [{ custom_constraint: of.constraint }] }),
  ...more,
});

export const oneOf = (values: readonly Json[], description: string, more: More = {}): Field => ({
  type: 'string',
  description,
  constraints: [{ allowed_values: values }],
  ...more,
});

export const between = (
  min: number,
  max: number | undefined,
  description: string,
  more: More = {},
): Field => ({
  type: 'integer',
  description,
  constraints: [{ range: max === undefined ? { min } : { min, max } }],
  ...more,
});

export const listOf = (items: Field, description: string, more: More = {}): Field => ({
  type: 'list',
  description,
  items,
  ...more,
});

export const mapOf = (schema: Fields, description = '', more: More = {}): Field => ({
  type: 'map',
  description,
  schema,
  ...more,
});

/** May be changed in place. */
export const LIVE = { updateAllowed: true } as const;
/** Has to be said. */
export const NEEDED = { required: true } as const;
