import { randomInt } from 'node:crypto';
import { badRequest } from '#kernel/errors.ts';
import { textOf, isList, isMap, type Json } from '../../template/json.ts';
import type { ResourceRun, ResourceType } from '../resource-type.ts';

const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const UPPER = LOWER.toUpperCase();
const DIGITS = '0123456789';
const OCTAL = '01234567';
const HEX = '0123456789ABCDEF';

const CLASSES: Readonly<Record<string, string>> = {
  lettersdigits: LOWER + UPPER + DIGITS,
  letters: LOWER + UPPER,
  lowercase: LOWER,
  uppercase: UPPER,
  digits: DIGITS,
  hexdigits: HEX,
  octdigits: OCTAL,
};
const CLASS_NAMES = Object.keys(CLASSES);
const MIN = { type: 'integer', default: 1, constraints: [{ range: { min: 1, max: 512 } }] } as const;

/** A text that nobody guesses, made once and kept with the resource. */
export const randomString: ResourceType = {
  name: 'OS::Heat::RandomString',
  description: 'A resource which generates a random string.',
  properties: {
    length: {
      type: 'integer',
      default: 32,
      constraints: [{ range: { min: 1, max: 512 } }],
      description: 'Characters.',
    },
    character_classes: {
      type: 'list',
      default: [{ class: 'lettersdigits', min: 1 }],
      description: 'Classes of characters, and how many of each at least.',
      items: {
        type: 'map',
        schema: {
          class: { type: 'string', default: 'lettersdigits', constraints: [{ allowed_values: CLASS_NAMES }] },
          min: MIN,
        },
      },
    },
    character_sequences: {
      type: 'list',
      description: 'Texts of characters, and how many of each at least.',
      items: { type: 'map', schema: { sequence: { type: 'string', required: true }, min: MIN } },
    },
    salt: { type: 'string', description: 'Any text: when it changes, so does the random one.' },
  },
  attributes: { value: { description: 'The random text. The reference gives it too.', type: 'string' } },
  async create(run) {
    if (run.resource.data['value'] === undefined) await run.keep({ value: randomText(run) });
    return run.resource.physicalName;
  },
  async remove() {
    // nothing is kept but the row
  },
  reference: ({ resource }) => textOf(resource.data['value'] ?? ''),
  attribute: async ({ resource }, [name]): Promise<Json> =>
    name === 'value' ? ((resource.data['value'] as Json | undefined) ?? null) : null,
};

interface Ingredient {
  readonly characters: string;
  readonly min: number;
}

function randomText({ properties }: ResourceRun): string {
  const length = Number(properties['length']);
  const ingredients = ingredientsOf(properties);
  const needed = ingredients.reduce((sum, { min }) => sum + min, 0);
  if (needed > length)
    throw badRequest(
      `Length property cannot be smaller than combined character class and character sequence minimums.`,
    );
  const certain = ingredients.flatMap(({ characters, min }) =>
    Array.from({ length: min }, () => pick(characters)),
  );
  const all = [...new Set(ingredients.map(({ characters }) => characters).join(''))].join('');
  const rest = Array.from({ length: length - needed }, () => pick(all));
  return shuffled([...certain, ...rest]).join('');
}

function ingredientsOf(properties: ResourceRun['properties']): Ingredient[] {
  const read = (list: Json | undefined, charactersOf: (item: { readonly [key: string]: Json }) => string) =>
    (isList(list) ? list : [])
      .filter(isMap)
      .map((item) => ({ characters: charactersOf(item), min: Number(item['min']) }));
  const classes = read(properties['character_classes'], (item) => CLASSES[textOf(item['class'])] ?? '');
  const sequences = read(properties['character_sequences'], (item) => textOf(item['sequence']));
  return [...classes, ...sequences];
}

const pick = (characters: string): string => characters.charAt(randomInt(characters.length));

function shuffled<T>(items: readonly T[]): T[] {
  const mixed = [...items];
  for (let at = mixed.length - 1; at > 0; at -= 1) {
    const other = randomInt(at + 1);
    [mixed[at], mixed[other]] = [mixed[other] as T, mixed[at] as T];
  }
  return mixed;
}
