import { Call, type Expression } from './expression.ts';
import type { ArgumentReader, IntrinsicFunction } from './functions/function.ts';
import { refParameter } from './functions/references.ts';
import { entry, isList, type Json } from './json.ts';
import type { Place } from './place.ts';
import type { Version } from './versions.ts';

/** Where an expression stands decides which functions it may call. */
type Grammar = 'value' | 'condition';

/** Reads the values of one template: finds the calls in them, of the functions that its version has. */
export class ExpressionParser implements ArgumentReader {
  readonly #version: Version;
  readonly #isResource: (name: string) => boolean;

  constructor(version: Version, isResource: (name: string) => boolean) {
    this.#version = version;
    this.#isResource = isResource;
  }

  value(given: Json, place: Place): Expression {
    return this.#read(given, place, 'value');
  }

  condition(given: Json, place: Place): Expression {
    return this.#read(given, place, 'condition');
  }

  #read(given: Json, place: Place, grammar: Grammar): Expression {
    if (typeof given !== 'object' || given === null) return given;
    if (isList(given)) return given.map((item, at) => this.#read(item, place.child(at), grammar));
    const entries = Object.entries(given);
    const [only] = entries;
    if (only !== undefined && entries.length === 1 && this.#isFunction(only[0], grammar))
      return this.#call(only, place.child(only[0]), grammar);
    return Object.fromEntries(
      entries.map(([key, item]) => [key, this.#read(item, place.child(key), grammar)]),
    );
  }

  /** In values, names of condition functions are keys like any other: `not`, `equals`. */
  #isFunction(name: string, grammar: Grammar): boolean {
    const { functions, conditionFunctions, removed } = this.#version;
    if (Object.hasOwn(functions, name) || removed.includes(name)) return true;
    return grammar === 'condition' && Object.hasOwn(conditionFunctions ?? {}, name);
  }

  #call([name, given]: readonly [string, Json], place: Place, grammar: Grammar): Expression {
    const definition = this.#definition([name, given], place, grammar);
    const argument = definition.read?.(given, place, this) ?? this.#read(given, place, grammar);
    const call = new Call(name, argument, { place, definition });
    definition.check?.(call);
    return call;
  }

  #definition([name, given]: readonly [string, Json], place: Place, grammar: Grammar): IntrinsicFunction {
    const { functions, conditionFunctions, removed } = this.#version;
    if (removed.includes(name))
      throw place.error(
        `The template version is invalid: The function ${name} is not supported in this version of HOT.`,
        'InvalidTemplateVersion',
      );
    const found = entry(grammar === 'condition' ? (conditionFunctions ?? {}) : functions, name);
    if (found === undefined) throw place.error(`The function "${name}" is invalid in this context`);
    const isParameter = name === 'Ref' && !(typeof given === 'string' && this.#isResource(given));
    return isParameter ? refParameter : found;
  }
}
