import { expect, it } from 'vitest';
import type { Checking, CloudCheck } from './constraints.ts';
import type { Json, JsonMap } from './json.ts';
import {
  checkImmutable,
  parameterScope,
  parameterValues,
  pseudoParameters,
  shownParameter,
  type GivenParameters,
} from './parameters.ts';
import { parseTemplate } from './parse-template.ts';

const CHECKING: Checking = { now: new Date('2030-01-01T00:00:00Z') };

const templateOf = (parameters: JsonMap, version = '2021-04-16') =>
  parseTemplate({ heat_template_version: version, parameters });
const cfnOf = (parameters: JsonMap) =>
  parseTemplate({ AWSTemplateFormatVersion: '2010-09-09', Parameters: parameters });

/** The value of the one parameter `p`. */
const valueOf = (schema: JsonMap, given: GivenParameters, checking = CHECKING) =>
  parameterValues(templateOf({ p: schema }), given, checking).get('p')?.value;

it.each<[string, Json, Json]>([
  ['string', 'x', 'x'],
  ['string', 5, '5'],
  ['string', true, 'True'],
  ['string', '', ''],
  ['string', { a: 1 }, '{"a": 1}'],
  ['number', '80', 80],
  ['number', '-1.5', -1.5],
  ['number', 3, 3],
  ['boolean', 'yes', true],
  ['boolean', 'Off', false],
  ['boolean', 1, true],
  ['boolean', false, false],
  ['comma_delimited_list', 'a,b', ['a', 'b']],
  ['comma_delimited_list', '', []],
  ['comma_delimited_list', ['a', 5], ['a', '5']],
  ['json', '{"a": [1]}', { a: [1] }],
  ['json', { a: 1 }, { a: 1 }],
  ['json', [1], [1]],
])('reads for a %s of %j', (type, given, expected) => {
  expect(valueOf({ type }, { values: { p: given } })).toEqual(expected);
});

it.each<[string, Json, string]>([
  ['number', 'x', 'Value "x" is invalid for data type "number".'],
  ['number', '1e999', 'invalid for data type'],
  ['number', [], 'invalid for data type'],
  ['boolean', 'maybe', "Unrecognized value 'maybe', acceptable values are"],
  ['comma_delimited_list', 5, 'Value must be a comma-delimited list string'],
  ['json', '{a', 'Value must be valid JSON'],
])('refuses for a %s of %j', (type, given, message) => {
  expect(() => valueOf({ type }, { values: { p: given } })).toThrow("Parameter 'p' is invalid: ");
  expect(() => valueOf({ type }, { values: { p: given } })).toThrow(message);
});

it('takes what is given, then the environment’s defaults, then the template’s', () => {
  const schema = { type: 'string', default: 'template' };
  expect(valueOf(schema, { values: {} })).toBe('template');
  expect(valueOf(schema, { values: {}, defaults: { p: 'environment', other: 1 } })).toBe('environment');
  expect(valueOf(schema, { values: { p: 'given' }, defaults: { p: 'environment' } })).toBe('given');
  expect(valueOf(schema, { values: { p: null } })).toBe('template');
});

it('refuses what is missing and what is not declared', () => {
  expect(() => valueOf({ type: 'string' }, { values: {} })).toThrow(
    expect.objectContaining({ code: 'UserParameterMissing', message: 'The Parameter (p) was not provided.' }),
  );
  expect(() => valueOf({ type: 'string', default: '' }, { values: { q: 1 } })).toThrow(
    expect.objectContaining({
      code: 'UnknownUserParameter',
      message: 'The Parameter (q) was not defined in template.',
    }),
  );
  expect(() =>
    valueOf({ type: 'string', default: '' }, { values: JSON.parse('{"__proto__": 1}') as JsonMap }),
  ).toThrow('__proto__');
});

it.each<[JsonMap, Json, string | null]>([
  [{ length: { min: 2, max: 3 } }, 'ab', null],
  [{ length: { min: 2, max: 3 } }, '😀😀', null],
  [{ length: { min: 2, max: 3 } }, 'a', 'length (1) is out of range (min: 2, max: 3)'],
  [{ length: { max: 1 } }, 'ab', 'length (2) is out of range (min: None, max: 1)'],
  [{ length: { min: '2' } }, 'a', 'out of range'],
  [{ allowed_values: ['a', 'b'] }, 'b', null],
  [{ allowed_values: ['a', 'b'] }, 'c', '"c" is not an allowed value ["a", "b"]'],
  [{ allowed_values: [80] }, '80', null],
  [{ allowed_pattern: '[a-z]+' }, 'abc', null],
  [{ allowed_pattern: '[a-z]+' }, 'abc1', '"abc1" does not match pattern "[a-z]+"'],
  [{ allowed_pattern: '(?P<x>a|b)(?P=x)' }, 'aa', null],
  [{ allowed_pattern: '(?i)A\\Z' }, 'a', null],
  [{ allowed_pattern: '(a+)+b' }, 'a'.repeat(40), 'cannot be applied'],
  [{ allowed_pattern: 'x', description: 'Only x.' }, 'y', 'Only x.'],
  [{ custom_constraint: 'ip_addr' }, '10.0.0.1', null],
  [{ custom_constraint: 'ip_addr' }, 'x', "Error validating value 'x': Invalid IP address"],
  [{ custom_constraint: 'no.such' }, 'x', '"x" does not validate no.such (constraint not found)'],
])('holds a string to %j: %j', (constraint, given, message) => {
  const read = () => valueOf({ type: 'string', constraints: [constraint] }, { values: { p: given } });
  if (message === null) expect(read()).toBe(given);
  else expect(read).toThrow(message);
});

it.each<[string, JsonMap, Json, string | null]>([
  ['number', { range: { min: 1, max: 2.5 } }, 2.5, null],
  ['number', { range: { min: 1 } }, '0', '0 is out of range (min: 1, max: None)'],
  ['number', { modulo: { step: 10, offset: 1 } }, 21, null],
  ['number', { modulo: { step: 10, offset: 1 } }, 20, '20 is not a multiple of 10 with an offset of 1'],
  ['number', { modulo: { step: 10, offset: 1 } }, -9, null],
  ['number', { modulo: { step: -10, offset: -1 } }, 9, null],
  ['number', { allowed_values: ['1', 2] }, '2', null],
  ['boolean', { allowed_values: ['true'] }, 'yes', null],
  ['comma_delimited_list', { allowed_values: ['a', 'b'] }, 'a,b', null],
  ['comma_delimited_list', { allowed_values: ['a', 'b'] }, 'a,c', 'is not an allowed value'],
  ['comma_delimited_list', { length: { max: 1 } }, 'a,c', 'length (2)'],
  ['json', { length: { min: 1 } }, {}, 'length (0)'],
])('holds a %s to %j: %j', (type, constraint, given, message) => {
  const read = () => valueOf({ type, constraints: [constraint] }, { values: { p: given } });
  if (message === null) expect(read).not.toThrow();
  else expect(read).toThrow(message);
});

it('leaves to the cloud what only the cloud can check', () => {
  const asked: CloudCheck[] = [];
  const schema = {
    type: 'string',
    constraints: [{ custom_constraint: 'nova.flavor', description: 'a flavor' }],
  };
  valueOf(schema, { values: { p: 'm1' } }, { ...CHECKING, later: (check) => asked.push(check) });
  expect(asked).toEqual([
    { constraint: 'nova.flavor', value: 'm1', place: 'parameters.p', description: 'a flavor' },
  ]);
});

it.each<[JsonMap, string]>([
  [{}, 'Missing parameter type for parameter: p'],
  [{ type: 'String' }, 'Invalid type (String)'],
  [{ type: 'toString' }, 'Invalid type (toString)'],
  [{ type: 'string', bogus: 1 }, "Invalid key 'bogus' for parameter (p)"],
  [{ type: 'string', tags: 'x' }, 'Tags property should be a list for parameter: p'],
  [{ type: 'string', constraints: {} }, 'Invalid parameter constraints for parameter p, expected a list'],
  [{ type: 'string', constraints: ['x'] }, 'Invalid parameter constraints, expected a mapping'],
  [{ type: 'string', constraints: [{}] }, 'No constraint expressed'],
  [{ type: 'string', constraints: [{ x: 1 }] }, "Invalid key 'x' for parameter constraints"],
  [{ type: 'string', constraints: [{ length: 5 }] }, 'Invalid length constraint, expected a mapping'],
  [{ type: 'string', constraints: [{ length: {} }] }, 'A length constraint must have a min value'],
  [{ type: 'string', constraints: [{ length: { min: 1.5 } }] }, 'min/max length must be integral'],
  [{ type: 'number', constraints: [{ range: { min: 'x' } }] }, 'min must be numeric'],
  [{ type: 'number', constraints: [{ range: { low: 1 } }] }, "Invalid key 'low' for range constraint"],
  [{ type: 'number', constraints: [{ modulo: { step: 2 } }] }, 'must have a step value and an offset'],
  [{ type: 'number', constraints: [{ modulo: { step: 0, offset: 0 } }] }, 'step cannot be 0.'],
  [{ type: 'number', constraints: [{ modulo: { step: 2, offset: 2 } }] }, 'offset must be smaller'],
  [{ type: 'number', constraints: [{ modulo: { step: 2, offset: -1 } }] }, 'both positive or both negative'],
  [{ type: 'number', constraints: [{ modulo: { step: 2.5, offset: 1 } }] }, 'step/offset must be integer'],
  [{ type: 'string', constraints: [{ allowed_values: 'x' }] }, 'AllowedValues must be a list'],
  [{ type: 'string', constraints: [{ allowed_pattern: 5 }] }, 'AllowedPattern must be a string'],
  [{ type: 'string', constraints: [{ allowed_pattern: '(' }] }, 'cannot be read'],
  [{ type: 'string', constraints: [{ range: { min: 1 } }] }, 'Range constraint invalid for string'],
  [
    { type: 'number', constraints: [{ allowed_pattern: 'x' }] },
    'AllowedPattern constraint invalid for number',
  ],
])('refuses the declaration %j', (schema, message) => {
  expect(() => templateOf({ p: schema })).toThrow(
    expect.objectContaining({ code: 'InvalidSchemaError', message: expect.stringContaining(message) }),
  );
});

it('has modulo since ocata and tags since queens', () => {
  const modulo = { p: { type: 'number', constraints: [{ modulo: { step: 2, offset: 1 } }] } };
  expect(() => templateOf(modulo, '2016-10-14')).toThrow('No constraint expressed');
  expect(templateOf(modulo, '2017-02-24').parameters.has('p')).toBe(true);
  const tags = { p: { type: 'number', tags: ['x'] } };
  expect(() => templateOf(tags, '2017-09-01')).toThrow("Invalid key 'tags'");
  expect(templateOf(tags, '2018-03-02').parameters.get('p')?.tags).toEqual(['x']);
});

it('reads CFN’s declarations', () => {
  const template = cfnOf({
    p: { Type: 'Number', MinValue: '1', MaxValue: 3, ConstraintDescription: 'one to three', NoEcho: 'true' },
    q: { Type: 'String', AllowedValues: ['a'], AllowedPattern: '.', MinLength: 1, Default: 'a', Label: 'Q' },
  });
  expect(template.parameters.get('p')).toMatchObject({ type: 'number', typeName: 'Number', hidden: true });
  expect(template.parameters.get('q')).toMatchObject({ label: 'Q', default: 'a' });
  expect(() => parameterValues(template, { values: { p: 4 } }, CHECKING)).toThrow('one to three');
  expect(() => cfnOf({ p: { Type: 'string' } })).toThrow('Invalid type (string)');
  expect(() => cfnOf({ p: { Type: 'String', constraints: [] } })).toThrow("Invalid key 'constraints'");
});

it('shows values as texts, and stars for what is hidden', () => {
  const template = templateOf({
    s: { type: 'string', hidden: true },
    l: { type: 'comma_delimited_list' },
    b: { type: 'boolean' },
    j: { type: 'json' },
    n: { type: 'number' },
  });
  const values = parameterValues(
    template,
    { values: { s: 'x', l: 'a,b', b: 1, j: { a: 1 }, n: '5' } },
    CHECKING,
  );
  expect([...values.values()].map(shownParameter)).toEqual(['******', 'a,b', 'True', '{"a": 1}', '5']);
});

it('keeps what is immutable', () => {
  const template = templateOf({
    p: { type: 'string', immutable: true, default: 'a' },
    q: { type: 'string', default: 'a' },
  });
  const values = (given: JsonMap) => parameterValues(template, { values: given }, CHECKING);
  expect(() => checkImmutable(values({}), values({ p: 'a', q: 'b' }))).not.toThrow();
  expect(() => checkImmutable(new Map(), values({ p: 'b' }))).not.toThrow();
  expect(() => checkImmutable(values({}), values({ p: 'b' }))).toThrow(
    expect.objectContaining({
      code: 'ImmutableParameterModified',
      message: 'The following parameters are immutable and may not be updated: p',
    }),
  );
});

it('knows what identifies the stack, by the names of each language', () => {
  const stack = { id: 'i', name: 'n', projectId: 'p', region: 'r', arn: 'arn:x' };
  const template = templateOf({ p: { type: 'string', default: 'v' } });
  const parameter = parameterScope(template, parameterValues(template, { values: {} }, CHECKING), stack);
  expect(['OS::stack_id', 'OS::stack_name', 'OS::project_id', 'OS::region', 'p'].map(parameter)).toEqual([
    'i',
    'n',
    'p',
    'r',
    'v',
  ]);
  expect(() => parameter('AWS::StackId')).toThrow('The Parameter (AWS::StackId) was not provided.');
  expect(Object.fromEntries(pseudoParameters({ kind: 'cfn' }, stack))).toMatchObject({
    'AWS::StackId': 'arn:x',
    'AWS::StackName': 'n',
    'AWS::Region': 'r',
  });
});
