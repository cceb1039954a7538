import type { Value } from '../values.ts';
import type { Arguments } from './arguments.ts';
import { DICT_METHODS } from './dicts.ts';
import { GENERAL_FUNCTIONS, GENERAL_METHODS } from './general.ts';
import { LIST_METHODS } from './lists.ts';
import { QUERY_METHODS } from './queries.ts';
import { TEXT_METHODS } from './texts.ts';

/** `name(…)` */
export type YaqlFunction = (args: Arguments) => Value;
/** `on.name(…)`, and `name(on, …)` too. */
export type YaqlMethod = (on: Value, args: Arguments) => Value;

export const FUNCTIONS: { readonly [name: string]: YaqlFunction } = GENERAL_FUNCTIONS;
export const METHODS: { readonly [name: string]: YaqlMethod } = {
  ...LIST_METHODS,
  ...QUERY_METHODS,
  ...DICT_METHODS,
  ...TEXT_METHODS,
  ...GENERAL_METHODS,
};
