import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CloudError } from '#kernel/errors.ts';
import { often } from '#test/support/often.ts';
import { references, resolve, type Scope } from './expression.ts';
import type { Json } from './json.ts';
import { expressionOf, scopeOf, type World } from './testing.ts';

const V21 = '2021-04-16';
const WORLD: World = {
  parameters: { which: 'a', key: 'ip', list: ['x', 'y'] },
  resources: { a: { ip: '1', deep: { ip: ['2'] } }, b: { ip: '3' } },
  conditions: { on: true, off: false },
};

const found = (value: Json, scope?: Scope) => {
  const { resources, attributes } = references(expressionOf(V21, value), scope);
  return { resources: [...resources].toSorted(), attributes: Object.fromEntries(attributes) };
};

it.each<[string, Json, ReturnType<typeof found>]>([
  ['a reference', { get_resource: 'a' }, { resources: ['a'], attributes: {} }],
  [
    'an attribute',
    { get_attr: ['a', 'deep', 'ip', 0] },
    { resources: ['a'], attributes: { a: [['deep', 'ip', 0]] } },
  ],
  ['all attributes', { get_attr: ['a'] }, { resources: ['a'], attributes: { a: [[]] } }],
  [
    'names and paths of parameters',
    { get_attr: [{ get_param: 'which' }, { get_param: 'key' }] },
    { resources: ['a'], attributes: { a: [['ip']] } },
  ],
  [
    'a path that takes another resource, as far as it is known',
    { get_attr: ['a', 'deep', { get_attr: ['b', 'ip'] }] },
    { resources: ['a', 'b'], attributes: { a: [['deep']], b: [['ip']] } },
  ],
  [
    'the branch that is taken',
    { if: ['on', { get_resource: 'a' }, { get_resource: 'b' }] },
    { resources: ['a'], attributes: {} },
  ],
  ['no branch', [{ if: ['off', { get_resource: 'a' }] }], { resources: [], attributes: {} }],
  [
    'whatever stands in other calls',
    { list_join: ['', [{ str_replace: { template: 'x', params: { x: { get_attr: ['b', 'ip'] } } } }]] },
    { resources: ['b'], attributes: { b: [['ip']] } },
  ],
])('names %s', (_, value, expected) => {
  expect(found(value, scopeOf(WORLD))).toEqual(expected);
});

it('names both branches, and what parameters do not decide, without a scope', () => {
  expect(found({ if: ['on', { get_resource: 'a' }, { get_resource: 'b' }] }).resources).toEqual(['a', 'b']);
  expect(found({ get_resource: { get_param: 'which' } }).resources).toEqual([]);
});

it('says the place of what cannot be resolved', () => {
  const value = { k: [1, { list_join: [',', { get_param: 'which' }] }] };
  expect(() => resolve(expressionOf(V21, value), scopeOf(WORLD))).toThrow(
    'outputs.it.value.k[1].list_join: ',
  );
});

/** Values of templates, with all kinds of calls in them. */
const { value: values } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<Json>('text', 1, null, true, 'a', 'ip'),
    fc.constantFrom<Json>(
      { get_resource: 'a' },
      { get_resource: { get_param: 'which' } },
      { get_attr: ['b', 'ip'] },
      { get_attr: ['a'] },
      { get_attr: [{ get_param: 'which' }, 'deep', { get_attr: ['b', 'ip'] }] },
      { get_param: 'list' },
    ),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('k', 'l'), tie('value'), { maxKeys: 2 }),
    fc
      .tuple(fc.constantFrom<Json>('on', 'off', { not: 'on' }), tie('value'), tie('value'))
      .map((args) => ({ if: args })),
    fc.tuple(fc.constantFrom('on', 'off'), tie('value')).map((args) => ({ if: args })),
    fc.tuple(fc.constant(','), tie('value')).map((args) => ({ list_join: args })),
    fc.tuple(tie('value'), tie('value')).map((args) => ({ list_concat: args })),
    fc.tuple(tie('value'), tie('value')).map((args) => ({ map_merge: args })),
    fc.tuple(tie('value'), tie('value')).map((args) => ({ filter: args })),
    tie('value').map((params) => ({ str_replace: { template: 'a text', params } })),
    tie('value').map((template) => ({ repeat: { template, for_each: { x: ['1', '2'] } } })),
    tie('value').map((data) => ({ yaql: { expression: '$.data', data } })),
    tie('value').map((key) => ({ get_attr: ['a', key] })),
  ),
}));

/** A scope that remembers what it was asked. */
function watched(): {
  scope: Scope;
  asked: Set<string>;
  attributes: [string, readonly (string | number)[]][];
} {
  const asked = new Set<string>();
  const attributes: [string, readonly (string | number)[]][] = [];
  const scope = scopeOf(WORLD);
  return {
    asked,
    attributes,
    scope: {
      ...scope,
      resource: (name) => (asked.add(name), scope.resource(name)),
      attribute: (name, path) => {
        asked.add(name);
        attributes.push([name, path]);
        return scope.attribute(name, path);
      },
    },
  };
}

/** What it gives, or the error by which it refuses. */
function orRefused<T>(work: () => T): T | CloudError {
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof CloudError) return thrown;
    throw thrown;
  }
}

it('names everything that resolve asks of resources', () => {
  fc.assert(
    fc.property(values, (given) => {
      const expression = expressionOf(V21, given);
      const { scope, asked, attributes } = watched();
      const named = orRefused(() => references(expression, scope));
      expect(asked.size).toBe(0);
      const value = orRefused(() => resolve(expression, scope));
      // What cannot be read cannot be resolved either.
      if (named instanceof CloudError) {
        expect(value).toBeInstanceOf(CloudError);
        return;
      }
      expect([...asked].filter((name) => !named.resources.has(name))).toEqual([]);
      for (const [name, path] of attributes)
        expect(
          named.attributes.get(name)?.some((prefix) => prefix.every((key, at) => key === path[at])),
        ).toBe(true);
    }),
    { numRuns: often(2000) },
  );
});
