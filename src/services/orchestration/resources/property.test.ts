import { expect, it } from 'vitest';
import type { CloudCheck } from '../template/constraints.ts';
import type { Json, JsonMap } from '../template/json.ts';
import { parseTemplate } from '../template/parse-template.ts';
import { readProperties, showAttributes, showProperties, type PropertySchemas } from './property.ts';
import { propertiesOfParameters, providerTemplate } from './provider-template.ts';

const READING = { now: new Date(0), path: 'resources.web.properties' };

const SCHEMAS: PropertySchemas = {
  name: { type: 'string', constraints: [{ length: { max: 5 } }], updateAllowed: true },
  count: { type: 'integer', default: 1, constraints: [{ range: { min: 0 } }] },
  ratio: { type: 'number' },
  on: { type: 'boolean' },
  list: { type: 'list' },
  rules: {
    type: 'list',
    items: {
      type: 'map',
      schema: { port: { type: 'integer', required: true }, protocol: { type: 'string', default: 'tcp' } },
    },
  },
  map: { type: 'map' },
  any: { type: 'any' },
  csv: { type: 'list', convert: true },
  json: { type: 'map', convert: true },
  flavor: { type: 'string', constraints: [{ custom_constraint: 'nova.flavor' }] },
};

const read = (values: JsonMap, schemas = SCHEMAS) => readProperties(schemas, values, READING);

it.each<[string, Json, Json]>([
  ['name', 'web', 'web'],
  ['name', 5, '5'],
  ['name', true, 'True'],
  ['count', '80', 80],
  ['count', 2.9, 2],
  ['count', true, 1],
  ['ratio', '1.5', 1.5],
  ['on', 'True', true],
  ['on', 'false', false],
  ['list', [1, 'a', null], [1, 'a', null]],
  ['rules', [{ port: '80' }], [{ port: 80, protocol: 'tcp' }]],
  ['rules', [], []],
  ['map', { a: { b: null } }, { a: { b: null } }],
  ['any', [{ a: 1 }], [{ a: 1 }]],
  ['csv', 'a,b', ['a', 'b']],
  ['csv', '', []],
  ['json', [1], [1]],
  ['json', '{}', '{}'],
  ['count', null, 1],
])('reads %s of %j', (name, given, expected) => {
  expect(read({ [name]: given })[name]).toEqual(expected);
});

it('leaves out what is not given and has no default', () => {
  expect(read({ name: null })).toEqual({ count: 1 });
});

it.each<[JsonMap, string]>([
  [{ bogus: 1 }, 'Property error: resources.web.properties: Unknown Property bogus'],
  [{ toString: 1 }, 'Unknown Property toString'],
  [{ name: ['x'] }, 'resources.web.properties.name: Value must be a string; got ["x"]'],
  [{ name: 'too long' }, 'resources.web.properties.name: length (8) is out of range (min: None, max: 5)'],
  [{ count: 'x' }, "resources.web.properties.count: Value 'x' is not an integer"],
  [{ count: '1.5' }, "Value '1.5' is not an integer"],
  [{ count: -1 }, '-1 is out of range'],
  [{ ratio: 'x' }, "Value 'x' is not a number"],
  [{ on: 'yes' }, '"yes" is not a valid boolean'],
  [{ on: 1 }, '"1" is not a valid boolean'],
  [{ list: 'a,b' }, '"a,b" is not a list'],
  [{ map: [1] }, '"[1]" is not a map'],
  [{ rules: [{ port: 1 }, {}] }, 'resources.web.properties.rules[1]: Property port not assigned'],
  [{ rules: [{ port: 1, x: 1 }] }, 'resources.web.properties.rules[0]: Unknown Property x'],
  [{ rules: [{ port: 'x' }] }, 'resources.web.properties.rules[0].port: '],
  [{ rules: ['x'] }, 'resources.web.properties.rules[0]: "x" is not a map'],
])('refuses %j with its path', (values, message) => {
  expect(() => read(values)).toThrow(
    expect.objectContaining({ code: 'StackValidationFailed', message: expect.stringContaining(message) }),
  );
});

it('asks for what is required, also where it is null', () => {
  const schemas: PropertySchemas = { image: { type: 'string', required: true } };
  for (const values of [{}, { image: null }])
    expect(() => read(values, schemas)).toThrow(
      'Property error: resources.web.properties: Property image not assigned',
    );
});

it('leaves to the cloud what only the cloud can check', () => {
  const asked: CloudCheck[] = [];
  readProperties(SCHEMAS, { flavor: 'm1' }, { ...READING, later: (check) => asked.push(check) });
  expect(asked).toEqual([
    { constraint: 'nova.flavor', value: 'm1', place: 'resources.web.properties.flavor' },
  ]);
});

it('shows schemas as Heat does', () => {
  const { name, rules } = showProperties(SCHEMAS);
  expect(name).toEqual({
    type: 'string',
    required: false,
    constraints: [{ length: { max: 5 } }],
    update_allowed: true,
    immutable: false,
  });
  expect(rules).toMatchObject({
    type: 'list',
    schema: {
      '*': {
        type: 'map',
        schema: { port: { type: 'integer', required: true }, protocol: { default: 'tcp' } },
      },
    },
  });
  expect(showAttributes({ ip: { type: 'string', description: 'd' }, x: { description: 'e' } })).toEqual({
    ip: { type: 'string', description: 'd' },
    x: { description: 'e' },
  });
});

it.each(['hot', 'cfn'] as const)('makes a %s template of a type that the language reads', (language) => {
  const made = providerTemplate(
    { type: 'OS::My::Thing', properties: SCHEMAS, attributes: { ip: { description: 'the address' } } },
    language,
  );
  const template = parseTemplate(made);
  expect([...template.parameters.keys()]).toEqual(Object.keys(SCHEMAS));
  expect(template.resources.get('Thing')?.type).toBe('OS::My::Thing');
  expect(template.outputs.has('ip')).toBe(true);
});

it('makes properties of the parameters of a nested template', () => {
  const { parameters } = parseTemplate({
    heat_template_version: '2021-04-16',
    parameters: {
      l: { type: 'comma_delimited_list' },
      s: { type: 'string', default: 'x', hidden: true },
      j: { type: 'json' },
    },
  });
  const schemas = propertiesOfParameters(parameters);
  expect(schemas['l']).toMatchObject({ type: 'list', required: true, updateAllowed: true, convert: true });
  expect(schemas['s']).toMatchObject({ type: 'string', required: false, hidden: true });
  expect(read({ l: 'a,b', j: [1] }, schemas)).toEqual({ l: ['a', 'b'], j: [1] });
});
