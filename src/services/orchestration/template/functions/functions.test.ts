import { expect, it } from 'vitest';
import type { Json } from '../json.ts';
import { valueOf, type World } from '../testing.ts';

/** A version of each step of the language. */
const V13 = '2013-05-23';
const V14 = '2014-10-16';
const V15A = '2015-04-30';
const V15B = '2015-10-15';
const V16A = '2016-04-08';
const V16B = '2016-10-14';
const V17A = '2017-02-24';
const V17B = '2017-09-01';
const V18A = '2018-03-02';
const V18 = '2018-08-31';
const V21 = '2021-04-16';
const ALL = [V13, V14, V15A, V15B, V16A, V16B, V17A, V17B, V18A, V18, V21];
const CFN = 'cfn 2012-12-12';
const CFN_IF = 'cfn 2016-10-14';

const WORLD: World = {
  parameters: {
    name: 'web',
    ports: ['80', '443'],
    conf: { db: { host: 'h', ports: [1, 2] } },
    n: 5,
    yes: true,
  },
  resources: {
    a: { ip: '10.0.0.1', nets: { private: ['10.0.0.1', '10.0.0.2'] }, list: ['x', 'y'], no: null },
    b: { ip: null },
  },
  files: { 'f.sh': '#!/bin/sh\n' },
  conditions: { on: true, off: false },
  facade: { metadata: { k: 'v' }, deletion_policy: 'Retain', update_policy: {} },
  mappings: { Regions: { east: { ami: 'x' } } },
};

type Good = readonly [versions: readonly string[] | string, value: Json, expected: Json];
type Bad = readonly [versions: readonly string[] | string, value: Json, message: string];

const eachVersion = <T extends Good | Bad>(rows: readonly T[]): [string, T[1], T[2]][] =>
  rows.flatMap(([versions, value, expected]) =>
    [versions].flat().map((version): [string, T[1], T[2]] => [version, value, expected]),
  );

const from = (first: string) => ALL.filter((version) => version >= first);
const before = (first: string) => ALL.filter((version) => version < first);

it.each(
  eachVersion<Good>([
    [ALL, { get_param: 'name' }, 'web'],
    [ALL, { get_param: ['ports', 1] }, '443'],
    [ALL, { get_param: ['ports', '1'] }, '443'],
    [ALL, { get_param: ['conf', 'db', 'ports', 0] }, 1],
    [ALL, { get_param: ['conf', 'nothing', 'below'] }, ''],
    [ALL, { get_param: ['ports', 9] }, ''],
    [ALL, { get_param: ['conf', { get_param: 'name' }] }, ''],
    [ALL, { get_resource: 'a' }, 'id of a'],
    [ALL, { get_attr: ['a', 'ip'] }, '10.0.0.1'],
    [ALL, { get_attr: ['a', 'nets', 'private', 1] }, '10.0.0.2'],
    [ALL, { get_attr: ['a', 'list', { get_param: 'n' }] }, null],
    [ALL, { get_attr: ['b', 'ip'] }, null],
    [from(V15B), { get_attr: ['b'] }, { ip: null }],
    [ALL, { get_file: 'f.sh' }, '#!/bin/sh\n'],
    [ALL, { resource_facade: 'metadata' }, { k: 'v' }],
    [ALL, { resource_facade: 'deletion_policy' }, 'Retain'],
    [ALL, { resource_facade: 'update_policy' }, {}],
  ]),
)('%s looks up %j', (version, value, expected) => {
  expect(valueOf(version, value, WORLD)).toEqual(expected);
});

it.each(
  eachVersion<Bad>([
    [ALL, { get_param: 'missing' }, 'The Parameter (missing) was not provided.'],
    [ALL, { get_param: [] }, 'Function "get_param" must have arguments'],
    [ALL, { get_param: { a: 1 } }, 'Argument to "get_param" must be string or list'],
    [ALL, { get_param: [['x']] }, 'Parameter name in "get_param" must be string'],
    [ALL, { get_resource: ['a'] }, 'Resource name in "get_resource" must be a string'],
    [ALL, { get_resource: { get_resource: 'a' } }, 'may not depend on another resource'],
    [ALL, { get_attr: 'a' }, 'Argument to "get_attr" must be a list'],
    [before(V15B), { get_attr: ['a'] }, 'must be of the form [resource_name, attribute, (path), ...]'],
    [from(V15B), { get_attr: [] }, 'can be of the next forms: [resource_name] or'],
    [ALL, { get_attr: ['a', ['x']] }, 'Path components in "get_attr" must be strings'],
    [ALL, { get_file: ['f'] }, 'Argument to "get_file" must be a string'],
    [ALL, { get_file: 'other' }, 'There is no other'],
    [ALL, { resource_facade: 'name' }, 'should be one of: metadata, deletion_policy, update_policy'],
  ]),
)('%s refuses to look up %j', (version, value, message) => {
  expect(() => valueOf(version, value, WORLD)).toThrow(message);
});

it.each(
  eachVersion<Good>([
    [ALL, { str_replace: { template: 'Hi $x, $x!', params: { $x: 'you' } } }, 'Hi you, you!'],
    [ALL, { str_replace: { template: '$a$ab', params: { $a: '1', $ab: '2' } } }, '12'],
    [ALL, { str_replace: { template: 'abcd', params: { ab: '1', bcd: '2' } } }, 'a2'],
    [ALL, { str_replace: { template: 'x y', params: { x: 'y', y: 'z' } } }, 'y z'],
    [ALL, { str_replace: { template: 'n t', params: { n: 1.5, t: true } } }, '1.5 True'],
    [ALL, { str_replace: { template: 'a-b', params: { b: null } } }, 'a-'],
    [ALL, { str_replace: { template: '$& $1', params: { 1: '$&' } } }, '$& $$&'],
    [
      ALL,
      { str_replace: { template: { get_param: 'name' }, params: { w: { get_attr: ['b', 'ip'] } } } },
      'eb',
    ],
    [
      from(V15B),
      { str_replace: { template: 'x', params: { x: { b: [1, 'q'], a: null } } } },
      '{"a": null, "b": [1, "q"]}',
    ],
    [from(V17A), { str_replace_strict: { template: 'a', params: { a: '' } } }, ''],
    [from(V17B), { str_replace_vstrict: { template: 'a', params: { a: 0 } } }, '0'],
    [before(V15B), { list_join: [',', ['a', 'b']] }, 'a,b'],
    [ALL, { list_join: ['', [null, 'b']] }, 'b'],
    [ALL, { list_join: [', ', { get_param: 'ports' }] }, '80, 443'],
    [ALL, { list_join: [', ', { get_attr: ['b', 'ip'] }] }, ''],
    [from(V15B), { list_join: ['-', ['a'], ['b', 'c'], null] }, 'a-b-c'],
    [from(V15B), { list_join: ['-', [{ b: 1, a: 2 }, [1]]] }, '{"a": 2, "b": 1}-[1]'],
    [from(V15B), { str_split: [',', 'a,b'] }, ['a', 'b']],
    [from(V15B), { str_split: [',', 'a,b', 1] }, 'b'],
    [from(V15B), { str_split: [',', 'a,b', '-1'] }, 'b'],
    [from(V15B), { str_split: [',', { get_attr: ['b', 'ip'] }] }, null],
    [from(V15A), { digest: ['md5', 'é'] }, '3406877694691ddd1dfb0aca54681407'],
    [from(V15A), { digest: ['md5', '€'] }, 'bca53fde466a76b7bee3e18997e94a7a'],
    [from(V15A), { digest: ['md5', 'a'] }, '0cc175b9c0f1b6a831c399e269772661'],
    [from(V15A), { digest: ['SHA1', { get_param: 'name' }] }, 'ca84d1343b96baa8137c943ed1860e522cacb238'],
  ]),
)('%s makes text of %j', (version, value, expected) => {
  expect(valueOf(version, value, WORLD)).toEqual(expected);
});

it.each(
  eachVersion<Bad>([
    [ALL, { str_replace: [] }, 'Arguments to "str_replace" must be a map'],
    [ALL, { str_replace: { template: 'x' } }, '"str_replace" syntax should be'],
    [ALL, { str_replace: { template: [], params: {} } }, '"str_replace" template must be a string'],
    [ALL, { str_replace: { template: 'x', params: [] } }, '"str_replace" params must be a map'],
    [
      before(V15B),
      { str_replace: { template: 'x', params: { x: [] } } },
      'must be strings or numbers, param x',
    ],
    [
      from(V17A),
      { str_replace_strict: { template: 'x', params: { x: 1, bb: 1, a: 1, c: 1 } } },
      'The following params were not found in the template: bb,a,c',
    ],
    [
      from(V17B),
      { str_replace_vstrict: { template: 'x', params: { x: '' } } },
      'undefined or empty value for param x',
    ],
    [
      from(V17B),
      { str_replace_vstrict: { template: 'x', params: { x: [] } } },
      'undefined or empty value for param x',
    ],
    [
      from(V17B),
      { str_replace_vstrict: { template: 'x', params: { y: 1 } } },
      'not found in the template: y',
    ],
    [ALL, { list_join: 'x' }, 'Incorrect arguments to "list_join" should be'],
    [ALL, { list_join: [','] }, 'Incorrect arguments to "list_join" should be'],
    [before(V15B), { list_join: [',', ['a'], ['b']] }, 'Incorrect arguments to "list_join"'],
    [ALL, { list_join: [',', 'text'] }, '"list_join" must operate on a list'],
    [ALL, { list_join: [1, []] }, '"list_join" delimiter must be a string'],
    [ALL, { list_join: [',', [1]] }, 'Items to join must be'],
    [before(V15B), { list_join: [',', [{}]] }, 'Items to join must be strings'],
    [from(V15B), { str_split: 'a' }, 'Incorrect arguments to "str_split"'],
    [from(V15B), { str_split: [','] }, 'Incorrect arguments to "str_split"'],
    [from(V15B), { str_split: [',', 'a', 'x'] }, 'Incorrect index to "str_split"'],
    [from(V15B), { str_split: [',', 'a,b', 2] }, 'should be between 0 and 1'],
    [from(V15B), { str_split: ['', 'a'] }, 'may not be empty'],
    [from(V15A), { digest: 'a' }, 'must be a list of strings'],
    [from(V15A), { digest: ['md5'] }, 'usage: ["<algorithm>", "<value>"]'],
    [from(V15A), { digest: ['rot13', 'x'] }, 'Algorithm must be one of'],
  ]),
)('%s refuses to make text of %j', (version, value, message) => {
  expect(() => valueOf(version, value, WORLD)).toThrow(message);
});

it.each(
  eachVersion<Good>([
    [from(V16A), { map_merge: [{ a: 1, b: 1 }, null, { b: 2 }] }, { a: 1, b: 2 }],
    [
      from(V16B),
      {
        map_replace: [
          { k: 'v', l: 'w' },
          { keys: { k: 'K' }, values: { w: 'W' } },
        ],
      },
      { K: 'v', l: 'W' },
    ],
    [from(V16B), { map_replace: [{ k: { x: 1 } }, { values: { v: 1 } }] }, { k: { x: 1 } }],
    [from(V16B), { map_replace: [{ k: 'v' }, { keys: { k: 'k' } }] }, { k: 'v' }],
    [
      from(V17A),
      {
        filter: [
          ['a', null],
          ['a', 'b', null, 'a'],
        ],
      },
      ['b'],
    ],
    [from(V17A), { filter: [[{ x: 1 }], [{ x: 1 }, { x: 2 }]] }, [{ x: 2 }]],
    [from(V17A), { filter: [['a'], { get_attr: ['b', 'ip'] }] }, null],
    [from(V17B), { list_concat: [['a'], null, ['a', 'b']] }, ['a', 'a', 'b']],
    [
      from(V17B),
      {
        list_concat_unique: [
          ['a', { x: 1 }],
          ['a', { x: 1 }, 'b'],
        ],
      },
      ['a', { x: 1 }, 'b'],
    ],
    [from(V17B), { contains: ['80', { get_param: 'ports' }] }, true],
    [from(V17B), { contains: ['e', { get_param: 'name' }] }, true],
    [from(V17B), { contains: [1, ['1']] }, false],
    [from(V16B), { yaql: { expression: '$.data.n + 1', data: { n: { get_param: 'n' } } } }, 6],
    [from(V16B), { yaql: { expression: '$.data', data: null } }, null],
  ]),
)('%s makes lists and maps of %j', (version, value, expected) => {
  expect(valueOf(version, value, WORLD)).toEqual(expected);
});

it.each(
  eachVersion<Bad>([
    [from(V16A), { map_merge: 'x' }, 'Incorrect arguments to "map_merge"'],
    [from(V16A), { map_merge: [[1]] }, 'Items to merge must be maps'],
    [
      from(V16B),
      { map_replace: [{ k: 1, l: 2 }, { keys: { k: 'l' } }] },
      'collides with a key in the input map',
    ],
    [
      from(V16B),
      { map_replace: [{ k: 1, l: 2 }, { keys: { k: 'm', l: 'm' } }] },
      'collides with a key in the output',
    ],
    [from(V16B), { map_replace: [{ k: 1 }, { other: {} }] }, 'Incorrect arguments to "map_replace"'],
    [from(V16B), { map_replace: [{ k: 1 }, {}, {}] }, 'Incorrect arguments to "map_replace"'],
    [from(V17A), { filter: 'x' }, 'Argument to "filter" must be a list'],
    [from(V17A), { filter: [['a']] }, 'expected 2 arguments of the form [values, sequence] but got 1'],
    [from(V17A), { filter: [['a'], 'text'] }, '"filter" only works with lists'],
    [from(V17A), { filter: ['a', ['b']] }, '"filter" filters a list of values'],
    [from(V17B), { list_concat: 'x' }, 'Incorrect arguments to "list_concat"'],
    [from(V17B), { list_concat: [['x'], 'y'] }, 'Items to concat must be lists'],
    [from(V17B), { contains: ['x'] }, 'Incorrect arguments to "contains"'],
    [from(V17B), { contains: ['x', 5] }, 'should be a sequence'],
    [from(V16B), { yaql: 'x' }, 'Arguments to "yaql" must be a map.'],
    [from(V16B), { yaql: { data: 1 } }, '"yaql" syntax should be'],
    [from(V16B), { yaql: { expression: '$', more: 1 } }, '"yaql" syntax should be'],
    [from(V16B), { yaql: { expression: 5 } }, 'must contain a string'],
    [from(V16B), { yaql: { expression: '$.data.(' } }, 'Bad expression'],
    [
      from(V16B),
      { yaql: { expression: '$.data.x', data: {} } },
      'outputs.it.value.yaql: There is no key "x"',
    ],
  ]),
)('%s refuses to make lists and maps of %j', (version, value, message) => {
  expect(() => valueOf(version, value, WORLD)).toThrow(message);
});

const each = (template: Json, forEach: Json, more: { [key: string]: Json } = {}) => ({
  repeat: { template, for_each: forEach, ...more },
});

it.each(
  eachVersion<Good>([
    [from(V15A), each('p-%x%', { '%x%': ['1', '2'] }), ['p-1', 'p-2']],
    [from(V15A), each('%x%%y%', { '%x%': ['a', 'b'], '%y%': ['1', '2'] }), ['a1', 'a2', 'b1', 'b2']],
    [from(V15A), each({ '%x%': ['%x%', 5] }, { '%x%': ['a'] }), [{ a: ['a', 5] }]],
    [from(V15A), each('x', { '%x%': [] }), []],
    [from(V15A), each('%p%', { '%p%': { get_param: 'ports' } }), ['80', '443']],
    [from(V15A), each('%p%', { '%p%': { get_attr: ['b', 'ip'] } }), []],
    [from(V16B), each('%x%', { '%x%': { k: 1, l: 2 } }), ['k', 'l']],
    [
      from(V17B),
      each('%x%%y%', { '%x%': ['a', 'b'], '%y%': ['1', '2'] }, { permutations: false }),
      ['a1', 'b2'],
    ],
    [from(V17B), each('%x%', { '%x%': ['a'] }, { permutations: true }), ['a']],
  ]),
)('%s repeats %j', (version, value, expected) => {
  expect(valueOf(version, value, WORLD)).toEqual(expected);
});

it.each(
  eachVersion<Bad>([
    [from(V15A), { repeat: [] }, 'Arguments to "repeat" must be a map'],
    [from(V15A), { repeat: { template: 'x' } }, '"repeat" syntax should be'],
    [from(V15A), each('x', ['a']), 'The "for_each" argument to "repeat" must contain a map'],
    [from(V15A), each('x', { x: 'text' }), 'must be lists'],
    [[V15A, V15B, V16A], each('x', { x: { k: 1 } }), 'must be lists'],
    [from(V17B), each('x', { x: { k: 1 } }, { permutations: false }), 'must be lists'],
    [
      from(V17B),
      each('x', { x: ['1'], y: ['1', '2'] }, { permutations: false }),
      'should be equal if no nested loop',
    ],
    [from(V17B), each('x', { x: ['1'] }, { permutations: 'no' }), '"permutations" should be boolean'],
    [from(V15A), each('x', { x: [{ a: 1 }] }), 'must be strings where "x" stands'],
  ]),
)('%s refuses to repeat %j', (version, value, message) => {
  expect(() => valueOf(version, value, WORLD)).toThrow(message);
});

it.each(
  eachVersion<Good>([
    [from(V16B), { if: ['on', 1, 2] }, 1],
    [from(V16B), { if: ['off', { get_param: 'missing' }, 2] }, 2],
    [from(V16B), { if: [true, 'a', 'b'] }, 'a'],
    [from(V16B), { if: [{ equals: [{ get_param: 'n' }, 5] }, 'a', 'b'] }, 'a'],
    [from(V16B), { if: [{ not: 'on' }, 'a', 'b'] }, 'b'],
    [from(V16B), { if: [{ and: ['on', { not: 'off' }, true] }, 'a', 'b'] }, 'a'],
    [from(V16B), { if: [{ or: ['off', { equals: [1, 2] }] }, 'a', 'b'] }, 'b'],
    [from(V17B), { if: [{ contains: ['80', { get_param: 'ports' }] }, 'a', 'b'] }, 'a'],
    [from(V17B), { if: [{ yaql: { expression: '$.data > 4', data: { get_param: 'n' } } }, 'a', 'b'] }, 'a'],
    [V21, { if: ['on', 1] }, 1],
    [V21, { if: ['off', 1] }, null],
    [V21, ['x', { if: ['off', 1] }, { k: { if: ['off', 1] }, l: 2 }], ['x', { l: 2 }]],
    [V21, { list_join: ['', [{ if: ['off', 'a'] }, 'b']] }, 'b'],
    [from(V16B), { not: 'on' }, { not: 'on' }],
    [before(V16B), { if: ['on', 1, 2] }, { if: ['on', 1, 2] }],
  ]),
)('%s chooses by %j', (version, value, expected) => {
  expect(valueOf(version, value, WORLD)).toEqual(expected);
});

it.each(
  eachVersion<Bad>([
    [from(V16B), { if: 'on' }, 'must be of the form: [condition_name, value_if_true, value_if_false]'],
    [from(V16B), { if: ['on'] }, 'must be of the form'],
    [from(V16B).filter((version) => version < V21), { if: ['on', 1] }, 'must be of the form'],
    [from(V16B), { if: [5, 1, 2] }, 'Invalid condition "5"'],
    [from(V16B), { if: ['nope', 1, 2] }, 'There is no nope'],
    [
      from(V16B),
      { if: [{ get_attr: ['a', 'ip'] }, 1, 2] },
      'The function "get_attr" is invalid in this context',
    ],
    [from(V16B), { if: [{ equals: [1] }, 1, 2] }, 'must be of the form: [value_1, value_2]'],
    [from(V16B), { if: [{ and: ['on'] }, 1, 2] }, 'minimum number of condition arguments to "and" is 2'],
    [from(V16B), { if: [{ or: 'on' }, 1, 2] }, 'must be a list of conditions'],
    [from(V16B), { if: [{ not: null }, 1, 2] }, 'Argument to "not" must be a condition'],
    [[V16B, V17A], { if: [{ yaql: { expression: '$' } }, 1, 2] }, 'invalid in this context'],
  ]),
)('%s refuses to choose by %j', (version, value, message) => {
  expect(() => valueOf(version, value, WORLD)).toThrow(message);
});

it.each(
  eachVersion<Good>([
    [from(V17B), { make_url: { scheme: 'http', host: 'h', port: 80, path: '/a b' } }, 'http://h:80/a%20b'],
    [from(V17B), { make_url: { scheme: 'https', host: '::1', path: 'x' } }, 'https://[::1]/x'],
    [from(V17B), { make_url: { scheme: 'https', host: '[::1]', port: '5' } }, 'https://[::1]:5'],
    [
      from(V17B),
      {
        make_url: {
          scheme: 's',
          username: 'u/s',
          password: 'p@',
          host: 'h',
          query: { a: 'b c', d: '/&' },
          fragment: 'f',
        },
      },
      's://u%2Fs:p%40@h?a=b+c&d=/%26#f',
    ],
    [from(V17B), { make_url: { path: '/only' } }, '/only'],
    [from(V17B), { make_url: { scheme: 'http', host: { get_attr: ['b', 'ip'] } } }, 'http:'],
  ]),
)('%s makes a URL of %j', (version, value, expected) => {
  expect(valueOf(version, value, WORLD)).toEqual(expected);
});

it.each(
  eachVersion<Bad>([
    [from(V17B), { make_url: 'x' }, 'The arguments to "make_url" must be a map'],
    [from(V17B), { make_url: { foo: 'x' } }, 'Invalid arguments to "make_url": foo'],
    [from(V17B), { make_url: { port: 0 } }, 'must be in range 1-65535'],
    [from(V17B), { make_url: { port: 65536 } }, 'must be in range 1-65535'],
    [from(V17B), { make_url: { port: 'x' } }, 'Invalid URL port "x"'],
    [from(V17B), { make_url: { host: 5 } }, 'The "host" argument to "make_url" must be a string'],
    [from(V17B), { make_url: { query: 'x' } }, 'The "query" argument to "make_url" must be a map'],
    [from(V17B), { make_url: { scheme: 'a:b' } }, `URL "scheme" should not contain ':'`],
  ]),
)('%s refuses to make a URL of %j', (version, value, message) => {
  expect(() => valueOf(version, value, WORLD)).toThrow(message);
});

it.each(
  eachVersion<Good>([
    [[CFN, V13], { Ref: 'a' }, 'id of a'],
    [[CFN, V13], { Ref: 'name' }, 'web'],
    [CFN, { 'Fn::GetAtt': ['a', 'ip'] }, '10.0.0.1'],
    [[CFN, V13, V14, V15A], { 'Fn::Select': ['1', ['x', 'y']] }, 'y'],
    [[CFN, V13], { 'Fn::Select': [1, '["x", "y"]'] }, 'y'],
    [[CFN, V13], { 'Fn::Select': ['k', { k: 'v' }] }, 'v'],
    [[CFN, V13], { 'Fn::Select': [9, ['x']] }, ''],
    [[CFN, V13], { 'Fn::Select': ['q', { k: 'v' }] }, ''],
    [[CFN, V13], { 'Fn::Select': [0, ''] }, ''],
    [[CFN, V13], { 'Fn::Join': [':', ['a', null, { Ref: 'name' }]] }, 'a::web'],
    [[CFN, V13], { 'Fn::Split': [',', 'a,b'] }, ['a', 'b']],
    [[CFN, V13], { 'Fn::Replace': [{ $a: 'x' }, 'is $a'] }, 'is x'],
    [[CFN, V13], { 'Fn::Base64': 'text' }, 'text'],
    [[CFN, V13], { 'Fn::GetAZs': '' }, ['nova']],
    [[CFN, V13], { 'Fn::ResourceFacade': 'DeletionPolicy' }, 'Retain'],
    [CFN, { 'Fn::FindInMap': ['Regions', 'east', 'ami'] }, 'x'],
    [
      [CFN, V13],
      {
        'Fn::MemberListToMap': [
          'Name',
          'Value',
          ['.member.0.Name=k', '.member.0.Value=v=1', '.member.1.Name=x'],
        ],
      },
      { k: 'v=1' },
    ],
    [CFN_IF, { 'Fn::If': ['on', 'a', 'b'] }, 'a'],
    [CFN_IF, { 'Fn::If': [{ 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'name' }, 'web'] }] }, 'a', 'b'] }, 'b'],
    [CFN_IF, { 'Fn::If': [{ 'Fn::Or': ['off', { 'Fn::And': ['on', true] }] }, 'a', 'b'] }, 'a'],
    [CFN, { get_param: 'name' }, { get_param: 'name' }],
  ]),
)('%s has for old templates %j', (version, value, expected) => {
  expect(valueOf(version, value, WORLD)).toEqual(expected);
});

it.each(
  eachVersion<Bad>([
    [CFN, { Ref: 'nobody' }, 'The Parameter (nobody) was not provided.'],
    [CFN, { 'Fn::GetAtt': ['a'] }, 'must be of the form [resource_name, attribute]'],
    [CFN, { 'Fn::GetAtt': 'a.ip' }, 'Argument to "Fn::GetAtt" must be a list'],
    [CFN, { 'Fn::Select': ['x', ['a']] }, 'Index to "Fn::Select" must be an integer'],
    [CFN, { 'Fn::Select': [1, { k: 1 }] }, 'Index to "Fn::Select" must be a string'],
    [CFN, { 'Fn::Select': [1, 'no json'] }, '"Fn::Select":'],
    [CFN, { 'Fn::Select': [1] }, 'must be of the form [index, collection]'],
    [CFN, { 'Fn::Select': [1, 5] }, 'not fully resolved'],
    [CFN, { 'Fn::Join': [','] }, 'Incorrect arguments to "Fn::Join"'],
    [CFN, { 'Fn::Split': [',', 5] }, 'String to split must be string'],
    [CFN, { 'Fn::Replace': ['x'] }, 'Incorrect arguments to "Fn::Replace"'],
    [CFN, { 'Fn::Base64': [1] }, '"Fn::Base64" argument must be a string'],
    [CFN, { 'Fn::ResourceFacade': 'x' }, 'should be one of: Metadata, DeletionPolicy, UpdatePolicy'],
    [CFN, { 'Fn::FindInMap': ['Regions', 'west', 'ami'] }, 'There is no mapping Regions.west.ami'],
    [CFN, { 'Fn::FindInMap': ['Regions'] }, 'must be [mapping, key, value]'],
    [CFN, { 'Fn::MemberListToMap': [1, 'Value', []] }, 'Key Name must be a string'],
    [CFN, { 'Fn::MemberListToMap': ['N', 'V', [1]] }, 'Member list items must be strings'],
    [CFN, { 'Fn::MemberListToMap': ['N'] }, 'Wrong Arguments try'],
    [from(V14), { Ref: 'a' }, 'The function Ref is not supported in this version of HOT.'],
    [from(V14), { 'Fn::Join': ['', []] }, 'is not supported in this version of HOT.'],
    [from(V15B), { 'Fn::Select': [0, []] }, 'is not supported in this version of HOT.'],
  ]),
)('%s refuses of old templates %j', (version, value, message) => {
  expect(() => valueOf(version, value, WORLD)).toThrow(message);
});

it.each<[string, Json]>([
  ['str_replace', { str_replace: { template: 'a'.repeat(10_000), params: { a: 'b'.repeat(10_000) } } }],
  ['list_join', { list_join: ['x'.repeat(200_000), Array.from({ length: 1000 }, () => 'y')] }],
  ['repeat', each('x', Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`%${at}%`, ['1', '2']])))],
  ['repeat', each('x'.repeat(10_000), { x: Array.from({ length: 100 }, () => 'y'.repeat(1000)) })],
])('ends a %s that would fill the memory', (name, value) => {
  expect(() => valueOf(V21, value)).toThrow(`"${name}" makes more than`);
});
