import { expect, it } from 'vitest';
import fc from 'fast-check';
import { CloudError } from '#kernel/errors.ts';
import { often } from '#test/support/often.ts';
import { evaluateYaql, parseYaql } from './yaql.ts';
import type { Value } from './values.ts';

const DATA: Value = {
  numbers: [3, 1, 2],
  servers: [
    { name: 'web', cpu: 2, ips: ['10.0.0.1', '10.0.0.2'] },
    { name: 'db', cpu: 4, ips: ['10.0.0.3'] },
    { name: 'cache', cpu: 2, ips: [] },
  ],
  limits: { cpu: 8, ram: 16 },
  text: 'a,b,c',
  nothing: null,
};

const run = (expression: string, data: Value = { data: DATA }) => evaluateYaql(parseYaql(expression), data);

it.each<[string, Value]>([
  ['$.data.numbers', [3, 1, 2]],
  ['$.data.limits.cpu', 8],
  ['$.data.servers.name', ['web', 'db', 'cache']],
  ['$.data.numbers[0]', 3],
  ['$.data.numbers[-1]', 2],
  ['$.data.limits[ram]', 16],
  ["$.data.limits['ram']", 16],
  ['$.data.numbers[$.data.numbers[1]]', 1],
  ['$.data.limits[disk, 5]', 5],
  ['$.data.nothing?.name', null],
  ['[1, [2, 3], "x"]', [1, [2, 3], 'x']],
  ['{a => 1, "b c" => [2]}', { a: 1, 'b c': [2] }],
  ['[]', []],
  ['{}', {}],
])('reads data: %s', (expression, expected) => {
  expect(run(expression)).toEqual(expected);
});

it.each<[string, Value]>([
  ['1 + 2 * 3', 7],
  ['(1 + 2) * 3', 9],
  ['7 / 2', 3],
  ['-7 / 2', -4],
  ['7 / 2.5', 2.8],
  ['-7 mod 3', 2],
  ['- $.data.limits.cpu', -8],
  ["'a' + 'b'", 'ab'],
  ["'ab' * 2", 'abab'],
  ['[1] + [2]', [1, 2]],
  ['{a => 1} + {a => 2, b => 3}', { a: 2, b: 3 }],
  ['1 < 2 and 2 <= 2', true],
  ['1 = 1 and not 1 != 1', true],
  ["'a' < 'b'", true],
  ['null < 1', true],
  ['1 > 2 or 3 > 2', true],
  ['not true or true', true],
  ['2 in $.data.numbers', true],
  ["'b' in $.data.text", true],
  ["'abc' =~ '^a.c$'", true],
  ["'abc' !~ 'x'", true],
  ['$.data.nothing = null', true],
  ['false = 0', false],
])('computes: %s', (expression, expected) => {
  expect(run(expression)).toEqual(expected);
});

it.each<[string, Value]>([
  ['$.data.servers.where($.cpu > 2).select($.name)', ['db']],
  ['$.data.servers.selectMany($.ips)', ['10.0.0.1', '10.0.0.2', '10.0.0.3']],
  ['$.data.numbers.select($ * 10)', [30, 10, 20]],
  ['$.data.numbers.first()', 3],
  ['$.data.numbers.last()', 2],
  ['[].first(none)', 'none'],
  ['[5].single()', 5],
  ['$.data.numbers.sum()', 6],
  ['$.data.numbers.sum(10)', 16],
  ['[].sum(0)', 0],
  ['$.data.numbers.min()', 1],
  ['$.data.numbers.max()', 3],
  ['$.data.numbers.len()', 3],
  ['len($.data.numbers)', 3],
  ['$.data.numbers.count()', 3],
  ['$.data.numbers.orderBy($)', [1, 2, 3]],
  ['$.data.numbers.orderByDescending($)', [3, 2, 1]],
  ['[3, 3, 1].distinct()', [3, 1]],
  ['$.data.servers.distinct($.cpu).name', ['web', 'db']],
  ['[[1], [2, [3]]].flatten()', [1, 2, 3]],
  ['$.data.numbers.any($ > 2)', true],
  ['[].any()', false],
  ['$.data.numbers.all($ > 0)', true],
  ['$.data.numbers.contains(3)', true],
  ['$.data.numbers.indexOf(2)', 2],
  ['$.data.numbers.indexWhere($ < 3)', 1],
  ['$.data.numbers.reverse()', [2, 1, 3]],
  ['$.data.numbers.limit(2)', [3, 1]],
  ['$.data.numbers.skip(2)', [2]],
  ['$.data.numbers.takeWhile($ > 2)', [3]],
  ['$.data.numbers.skipWhile($ > 2)', [1, 2]],
  ['$.data.numbers.append(9, 8)', [3, 1, 2, 9, 8]],
  ['[1].concat([2], [3])', [1, 2, 3]],
  [
    '$.data.numbers.enumerate()',
    [
      [0, 3],
      [1, 1],
      [2, 2],
    ],
  ],
  [
    '[1, 2].zip([3, 4])',
    [
      [1, 3],
      [2, 4],
    ],
  ],
  ['[1, 2, 3].slice(2)', [[1, 2], [3]]],
  ['[1, 2, 3].aggregate($1 + $2)', 6],
  ['[1, 2, 3].accumulate($1 + $2)', [1, 3, 6]],
  ['[1, 2].join([2, 3], $1 = $2, [$1, $2])', [[2, 2]]],
  [
    '$.data.servers.groupBy($.cpu, $.name)',
    [
      [2, ['web', 'cache']],
      [4, ['db']],
    ],
  ],
  ['[1, 2, 3].delete(1)', [1, 3]],
  ['[1, 2].insert(1, 9)', [1, 9, 2]],
  ['[].defaultIfEmpty([1])', [1]],
])('asks lists: %s', (expression, expected) => {
  expect(run(expression)).toEqual(expected);
});

it.each<[string, Value]>([
  ['$.data.servers.toDict($.name, $.cpu)', { web: 2, db: 4, cache: 2 }],
  ['dict(a => 1, b => 2)', { a: 1, b: 2 }],
  ['dict([[a, 1], [b, 2]])', { a: 1, b: 2 }],
  ['$.data.limits.keys()', ['cpu', 'ram']],
  ['$.data.limits.values()', [8, 16]],
  [
    '$.data.limits.items()',
    [
      ['cpu', 8],
      ['ram', 16],
    ],
  ],
  ['$.data.limits.get(disk, 5)', 5],
  ['$.data.limits.get(disk)', null],
  ['$.data.limits.set(disk, 1)', { cpu: 8, ram: 16, disk: 1 }],
  ['$.data.limits.delete(cpu)', { ram: 16 }],
  ['$.data.limits.containsKey(cpu)', true],
  ['$.data.limits.containsValue(16)', true],
  ['{a => {x => 1}, l => [1]}.mergeWith({a => {y => 2}, l => [1, 2]})', { a: { x: 1, y: 2 }, l: [1, 2] }],
])('asks dicts: %s', (expression, expected) => {
  expect(run(expression)).toEqual(expected);
});

it.each<[string, Value]>([
  ["$.data.text.split(',')", ['a', 'b', 'c']],
  ["'a  b'.split()", ['a', 'b']],
  ["$.data.text.split(',', 1)", ['a', 'b,c']],
  ["[a, b].join('-')", 'a-b'],
  ["'-'.join([a, b])", 'a-b'],
  ["'Ab'.toUpper() + 'Ab'.toLower()", 'ABab'],
  ["' a '.trim()", 'a'],
  ["'xax'.trimLeft(x)", 'ax'],
  ["'abcd'.substring(1, 2)", 'bc'],
  ["'abc'.startsWith(ab)", true],
  ["'abc'.endsWith(ab)", false],
  ["'abab'.replace(a, c)", 'cbcb'],
  ["'{0}-{1}'.format(a, 1)", 'a-1'],
  ["'abc'.len()", 3],
  ["'abc'.indexOf(c)", 2],
  ['str(12) + str(true) + str(null)', '12truenull'],
  ["int('12') + int(3.7)", 15],
  ["float('1.5')", 1.5],
  ["concat(a, b, 'c')", 'abc'],
  ['"a\\n\\"b\\""', 'a\n"b"'],
  ["'€uro'.len()", 4],
])('makes texts and numbers: %s', (expression, expected) => {
  expect(run(expression)).toEqual(expected);
});

it.each<[string, Value]>([
  ['range(3)', [0, 1, 2]],
  ['range(1, 7, 2)', [1, 3, 5]],
  ['switch($.data.limits.cpu > 9 => big, true => small)', 'small'],
  ['switch(false => 1)', null],
  ['coalesce(null, 2, 3)', 2],
  ['let(x => 2, y => 3) -> $x * $y', 6],
  ['with(2, 3) -> $1 * $2', 6],
  ['max(1, 3) + min(1, 3)', 4],
  ['abs(-3) + pow(2, 3)', 11],
  ['bool([]) or isList([])', true],
  ['$.data.servers.where($.name in $.ips or $.cpu = 4).len()', 1],
])('has functions: %s', (expression, expected) => {
  expect(run(expression)).toEqual(expected);
});

it.each([
  ['$.data.where(', 'character 14'],
  ['1 +', 'ends too early'],
  ['foo(1)', 'Unknown function "foo"'],
  ['$.data.foo()', 'Unknown method "foo"'],
  ['$.data.constructor', 'no key "constructor"'],
  ['$.data.toString()', 'Unknown method "toString"'],
  ['constructor(1)', 'Unknown function "constructor"'],
  ['$.data.missing', 'no key "missing"'],
  ['$.data.nothing.x', 'A null has no "x"'],
  ['$.data.numbers[9]', 'nothing at this index'],
  ["1 + 'a'", 'Numbers are needed'],
  ["1 < 'a'", 'do not compare'],
  ['1 / 0', 'zero'],
  ['[].first()', 'empty'],
  ['#', 'no such thing'],
  ["'open", 'no such thing'],
  ['1 2', 'does not belong here'],
  ['[1, 2', '"]" is missing'],
  ["int('x')", 'is no number'],
  ['{a}', '"=>" is missing'],
])('refuses %s and says where', (expression, message) => {
  expect(() => run(expression)).toThrow(CloudError);
  expect(() => run(expression)).toThrow(message);
  expect(() => run(expression)).toThrow(/at character \d+/);
});

it.each([
  'range(100000000)',
  "('a' * 1000000) * 1000000",
  '[1] * 100000000',
  'range(1000).select(range(1000).select($ * 2))',
  'range(100000).select(range(100000))',
  "range(100000).select('x' * 1000)",
  `${'('.repeat(5000)}1${')'.repeat(5000)}`,
  `${'not '.repeat(5000)}1`,
  `${'-'.repeat(5000)}1`,
  '['.repeat(5000),
  "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!' =~ '^(a+)+$'",
])('ends what would not end: %.40s', (expression) => {
  expect(() => run(expression)).toThrow(CloudError);
});

it('gives a value or a CloudError for whatever it reads', () => {
  const pieces = fc.constantFrom(
    '$',
    '.',
    'a',
    '(',
    ')',
    '[',
    ']',
    '1',
    '"x"',
    '=>',
    ',',
    '+',
    'not',
    ' ',
    'where',
    '{',
    '}',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
      try {
        return run(parts.join('')) !== undefined;
      } catch (thrown) {
        return thrown instanceof CloudError;
      }
    }),
    { numRuns: often(2000) },
  );
});
