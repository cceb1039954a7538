import { badRequest } from '#kernel/errors.ts';
import type { ResourceAmounts } from '../port.ts';
import { NOTHING } from './allocation.ts';
import { CLASS_OF, RESOURCE_CLASSES } from './vocabulary.ts';

/**
 * `VCPU:1,MEMORY_MB:512` as amounts; null when it asks for something that no node has.
 * @throws CloudError `bad-request` for another form, or a class that does not exist
 */
export function parseAmounts(text: string): ResourceAmounts | null {
  const asked = new Map(text.split(',').map(parseOne));
  const countable: readonly string[] = Object.values(CLASS_OF);
  if ([...asked.keys()].some((name) => !countable.includes(name))) return null;
  return {
    cpu: asked.get(CLASS_OF.cpu) ?? NOTHING.cpu,
    memory: asked.get(CLASS_OF.memory) ?? NOTHING.memory,
    disk: asked.get(CLASS_OF.disk) ?? NOTHING.disk,
  };
}

function parseOne(text: string): [name: string, amount: number] {
  const [, name = '', amount = ''] = /^([A-Z0-9_]+):([1-9]\d{0,12})$/.exec(text) ?? [];
  if (name === '')
    throw badRequest(`Badly formed resources parameter. Expected CLASS:amount, got '${text}'.`, {
      code: 'placement.query.bad_value',
    });
  if (!RESOURCE_CLASSES.includes(name))
    throw badRequest(`Invalid resource class in resources parameter: '${name}'.`, {
      code: 'placement.query.bad_value',
    });
  return [name, Number(amount)];
}
