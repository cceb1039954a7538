import * as fc from 'fast-check';
import type { Recipe } from '#services/orchestration/model/stack.ts';
import { STUBBORN_THING, THING } from './stack-outside.ts';

/** One resource of a template, with what it takes to know what it should be. */
export interface Piece {
  readonly kind: 'thing' | 'stubborn' | 'random' | 'group' | 'inner' | 'group of inner';
  /** Changed in place. */
  readonly value: string;
  /** Changed by another in its place; of a group it is the size. */
  readonly fixed: number;
  /** The template has it under a condition that holds. */
  readonly on: boolean;
  /** Names of others, which it gets properties from or comes after. */
  readonly uses: readonly string[];
  readonly after: readonly string[];
}

/** One that uses nothing. */
export const piece = (value: string, more: Partial<Piece> = {}): Piece => ({
  kind: 'thing',
  value,
  fixed: 0,
  on: true,
  uses: [],
  after: [],
  ...more,
});

/** By their names. */
export type Shape = Readonly<Record<string, Piece>>;

export const NAMES = ['a', 'b', 'c', 'd', 'e'] as const;
/** What the stacks are called by that resources hold. */
export const INNER_NAMES = ['0', '1', 'first', 'second'] as const;

const pieces = fc.record({
  kind: fc.oneof(
    { weight: 6, arbitrary: fc.constant('thing' as const) },
    { weight: 4, arbitrary: fc.constantFrom('stubborn', 'random', 'group', 'inner', 'group of inner') },
  ),
  value: fc.constantFrom('x', 'y', 'z'),
  fixed: fc.nat(2),
  on: fc.oneof({ weight: 5, arbitrary: fc.constant(true) }, fc.constant(false)),
  there: fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, fc.constant(false)),
  uses: fc.nat(15),
  after: fc.nat(15),
});

/** Those after it in an order of the shape's own may use one, so that dependencies turn round from change to change. */
export const shapes: fc.Arbitrary<Shape> = fc
  .record({
    order: fc.shuffledSubarray([...NAMES], { minLength: NAMES.length }),
    pieces: fc.tuple(pieces, pieces, pieces, pieces, pieces),
  })
  .map(({ order, pieces }) => shapeOf(order, pieces));

function shapeOf(
  order: readonly string[],
  drafts: readonly (Omit<Piece, 'uses' | 'after'> & { there: boolean; uses: number; after: number })[],
): Shape {
  const there = order.filter((_, index) => drafts[index]?.there);
  const shape: Record<string, Piece> = {};
  for (const [index, { there: isThere, uses, after, ...one }] of drafts.entries()) {
    const earlier = order.slice(0, index).filter((name) => there.includes(name) && shape[name]?.on);
    const some = (mask: number) => earlier.filter((_, bit) => (mask >> bit) & 1);
    const name = order[index] ?? '';
    if (isThere) shape[name] = { ...one, uses: some(uses), after: some(after & ~uses) };
  }
  return shape;
}

export function recipeOf(shape: Shape): Recipe {
  const resources = Object.fromEntries(
    Object.entries(shape).map(([name, one]) => [name, resourceOf(one, shape)]),
  );
  const conditions = { on: { equals: [1, 1] }, off: { equals: [1, 2] } };
  return {
    template: JSON.stringify({ heat_template_version: '2021-04-16', conditions, resources }),
    files: { 'inner.yaml': JSON.stringify(INNER) },
    environment: {},
  };
}

/** Two things, the second of which is made with the first. */
const INNER = {
  heat_template_version: '2021-04-16',
  parameters: { value: { type: 'string' } },
  resources: {
    first: { type: THING, properties: { value: { get_param: 'value' } } },
    second: {
      type: THING,
      properties: {
        value: { get_attr: ['first', 'value'] },
        uses: [{ get_resource: 'first' }],
      },
    },
  },
  outputs: { value: { value: { get_attr: ['second', 'value'] } } },
};

const inner = (value: string) => ({ type: 'inner.yaml', properties: { value } });
const group = (count: number, definition: object) => ({
  type: 'OS::Heat::ResourceGroup',
  properties: { count, resource_def: definition },
});

function resourceOf(one: Piece, shape: Shape): object {
  const order = { condition: one.on ? 'on' : 'off', depends_on: [...one.after, ...usedOtherwise(one)] };
  return { ...bodyOf(one, shape), ...order };
}

const TAKES_OTHERS: readonly Piece['kind'][] = ['thing', 'stubborn'];

/** Only things have properties that others go into. */
const usedOtherwise = ({ kind, uses }: Piece): readonly string[] => (TAKES_OTHERS.includes(kind) ? [] : uses);

function bodyOf({ kind, value, fixed, uses }: Piece, shape: Shape): object {
  switch (kind) {
    case 'random':
      return { type: 'OS::Heat::RandomString', properties: { length: 4 + fixed } };
    case 'inner':
      return inner(value);
    case 'group':
      return group(fixed, { type: THING, properties: { value } });
    case 'group of inner':
      return group(fixed, inner(value));
    case 'thing':
    case 'stubborn': {
      const seen = uses.map((name) =>
        shape[name]?.kind === 'random' ? 'random' : { get_attr: [name, 'value'] },
      );
      return {
        type: kind === 'thing' ? THING : STUBBORN_THING,
        properties: {
          value,
          fixed: String(fixed),
          uses: uses.map((name) => ({ get_resource: name })),
          seen,
        },
      };
    }
  }
}

/** What the things of a resource should be, by the path of their names: `a`, `b/0`, `b/0/first`. */
export function expectedThings(shape: Shape): Readonly<Record<string, object>> {
  const all = Object.entries(shape).filter(([, { on }]) => on);
  return Object.fromEntries(all.flatMap(([name, one]) => thingsOf(name, one, shape)));
}

/** A thing as far as a template says what it is; what it uses by the names of those in the same stack. */
const thing = (value: string, more: { fixed?: string; uses?: readonly string[]; seen?: unknown } = {}) => ({
  value,
  fixed: '',
  uses: [],
  seen: [],
  ...more,
});

const innerThings = (path: string, value: string): [string, object][] => [
  [`${path}/first`, thing(value)],
  [`${path}/second`, thing(value, { uses: ['first'] })],
];

function thingsOf(name: string, { kind, value, fixed, uses }: Piece, shape: Shape): [string, object][] {
  const members = Array.from({ length: fixed }, (_, index) => `${name}/${index}`);
  switch (kind) {
    case 'random':
      return [];
    case 'inner':
      return innerThings(name, value);
    case 'group':
      return members.map((path) => [path, thing(value)]);
    case 'group of inner':
      return members.flatMap((path) => innerThings(path, value));
    case 'thing':
    case 'stubborn': {
      const seen = uses.map((used) => valueOf(shape[used]));
      return [[name, thing(value, { fixed: String(fixed), uses, seen })]];
    }
  }
}

/** What `value` of a resource gives. */
function valueOf(one: Piece | undefined): unknown {
  if (!one || one.kind === 'random') return 'random';
  return one.kind.startsWith('group') ? Array.from({ length: one.fixed }, () => one.value) : one.value;
}
