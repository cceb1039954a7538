import { CloudError } from '#kernel/errors.ts';
import type { Compiled } from '../engine/compile.ts';
import { isOn } from '../template/conditions.ts';
import { resolve } from '../template/expression.ts';
import type { OutputDefinition } from '../template/template.ts';
import type { OutputValue } from '../view/stack.ts';

/** What an output gives; null, and why, where that cannot be told. */
export function outputValue(
  { name, description, value, condition }: OutputDefinition,
  scope: ReturnType<Compiled['scope']>,
): OutputValue {
  try {
    return { name, description, value: isOn(condition, scope) ? resolve(value, scope) : null };
  } catch (thrown) {
    return { name, description, value: null, error: CloudError.from(thrown).message };
  }
}
