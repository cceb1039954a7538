import type { Call, Evaluation, Expression, ReferenceCollector, REMOVED } from '../expression.ts';
import type { Json } from '../json.ts';
import type { Place } from '../place.ts';

/** Reads the parts of an argument, each in its own grammar. */
export interface ArgumentReader {
  /** With all functions of the template's version. */
  value(given: Json, place: Place): Expression;
  /** With the functions that conditions may use. */
  condition(given: Json, place: Place): Expression;
}

/** One function of the template language. */
export interface IntrinsicFunction {
  /** One sentence for the lists of the API. */
  readonly doc: string;
  /** Where the parts of the argument are of different grammars. Else the whole of it is a value. */
  readonly read?: (given: Json, place: Place, reader: ArgumentReader) => Expression;
  /** What can be said of the argument before anything is known. @throws CloudError at the call's place. */
  readonly check?: (call: Call) => void;
  /** @throws CloudError at the call's place. */
  readonly resolve: (call: Call, evaluation: Evaluation) => Json | typeof REMOVED;
  /** Where it is more than what stands in the argument. */
  readonly references?: (call: Call, collector: ReferenceCollector) => void;
}
