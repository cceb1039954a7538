import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CloudError } from '#kernel/errors.ts';
import { often } from '#test/support/often.ts';
import type { Json, JsonMap } from './json.ts';
import { parseTemplate } from './parse-template.ts';
import { VERSIONS } from './versions.ts';

const hot = (more: JsonMap, version = '2021-04-16'): JsonMap => ({
  heat_template_version: version,
  ...more,
});
const resource = (more: JsonMap, version?: string) =>
  hot({ resources: { web: { type: 'T', ...more } } }, version);

it('reads the template of Docker’s plug-in as it is written', () => {
  const template = parseTemplate(`heat_template_version: 2013-05-23
description: Test template
resources:
  apache:
    type: DockerInc::Docker::Container
    properties:
      image: marouen/apache
      port_specs:
        - 80
      docker_endpoint: http://host:2375
`);
  expect(template).toMatchObject({ kind: 'hot', version: '2013-05-23', description: 'Test template' });
  expect(template.resources.get('apache')).toMatchObject({
    type: 'DockerInc::Docker::Container',
    properties: { image: 'marouen/apache', port_specs: [80], docker_endpoint: 'http://host:2375' },
    deletionPolicy: 'Delete',
    dependsOn: [],
    condition: null,
    path: 'resources.apache',
  });
});

it.each(VERSIONS.map(({ key, date }) => [key, date] as const))(
  'reads an empty template of %s %s',
  (key, date) => {
    expect(parseTemplate({ [key]: date })).toMatchObject({ version: date, description: 'No description' });
  },
);

it('takes a release for its version, JSON for YAML, and empty sections for none', () => {
  expect(parseTemplate('{"heat_template_version": "rocky", "resources": null, "outputs": []}')).toMatchObject(
    {
      version: '2018-08-31',
      resources: new Map(),
      outputs: new Map(),
    },
  );
});

it('reads YAML as Heat does: yes is true, times stay texts, merges merge', () => {
  const text = `heat_template_version: 2016-10-14
resources:
  a: &a
    type: T
    properties: { on: yes, day: 2020-01-02, octal: 010, n: ~, text: "yes", big: 1e400x }
  b:
    <<: *a
    description: like a
`;
  const { resources } = parseTemplate(text);
  expect(resources.get('a')?.properties).toEqual({
    on: true,
    day: '2020-01-02',
    octal: 8,
    n: null,
    text: 'yes',
    big: '1e400x',
  });
  expect(resources.get('b')).toMatchObject({ type: 'T', description: 'like a' });
});

it('reads all that a resource may say', () => {
  const web: JsonMap = {
    type: 'T',
    metadata: { k: { get_param: 'p' } },
    depends_on: 'db',
    deletion_policy: 'retain',
    update_policy: { rolling_update: {} },
    external_id: 'x',
    condition: { not: true },
    description: 'it',
  };
  const db = { type: 'U', depends_on: [], deletion_policy: 'Snapshot', condition: false };
  const { resources } = parseTemplate(hot({ resources: { web, db } }));
  expect(resources.get('web')).toMatchObject({
    dependsOn: ['db'],
    deletionPolicy: 'Retain',
    externalId: 'x',
    description: 'it',
    updatePolicy: { rolling_update: {} },
  });
  expect(resources.get('db')).toMatchObject({ deletionPolicy: 'Snapshot', condition: false });
});

it('reads CFN', () => {
  const template = parseTemplate({
    AWSTemplateFormatVersion: '2010-09-09',
    Description: 'old',
    Mappings: { M: { k: { v: 1 } } },
    Conditions: { C: { 'Fn::Equals': [1, 1] } },
    Resources: {
      R: { Type: 'AWS::X', Properties: { a: { Ref: 'R2' } }, DependsOn: ['R2'], Condition: 'C' },
      R2: { Type: 'Y' },
    },
    Outputs: { O: { Value: { 'Fn::GetAtt': ['R', 'x'] }, Description: 'd' } },
  });
  expect(template).toMatchObject({ kind: 'cfn', description: 'old', mappings: { M: { k: { v: 1 } } } });
  expect(template.resources.get('R')).toMatchObject({ type: 'AWS::X', dependsOn: ['R2'], condition: 'C' });
  expect(template.outputs.get('O')).toMatchObject({ description: 'd', condition: null });
});

it.each<[Json, string, string?]>([
  [{ resources: {} }, 'Template format version not found.'],
  [{ heat_template_version: '2013-05-23', HeatTemplateFormatVersion: '2012-12-12' }, 'Ambiguous'],
  [hot({}, '2099-01-01'), 'should be one of: 2013-05-23', 'InvalidTemplateVersion'],
  [{ heat_template_version: 20130523 }, 'The template version is invalid', 'InvalidTemplateVersion'],
  [hot({ bogus: 1 }), 'The template section is invalid: bogus', 'InvalidTemplateSection'],
  [
    hot({ conditions: {} }, '2016-04-08'),
    'The template section is invalid: conditions',
    'InvalidTemplateSection',
  ],
  [hot({ resources: 'x' }), '"resources" must contain a map. Found a [string]'],
  [hot({ resources: { web: null } }), 'Each resource must contain a type key.'],
  [hot({ resources: { web: {} } }), 'Each resource must contain a type key.'],
  [hot({ resources: { web: ['x'] } }), '"resources" must contain a map of resource maps. Found a [list]'],
  [hot({ resources: { 'a/b': { type: 'T' } } }), 'resources.a/b: Resource names may not'],
  [resource({ type: 5 }), 'resources.web.type: Resource web type type must be string'],
  [resource({ bogus: 1 }), 'Invalid keyword(s) inside a resource definition: bogus'],
  [resource({ condition: 'x' }, '2016-04-08'), 'Invalid keyword(s) inside a resource definition: condition'],
  [resource({ properties: ['x'] }), 'Resource web properties type must be object'],
  [resource({ metadata: 'x' }), 'Resource web metadata type must be object'],
  [resource({ depends_on: { a: 1 } }), 'Resource web depends_on type must be list or string'],
  [resource({ depends_on: [1] }), 'Resource web depends_on must be a list of strings'],
  [
    resource({ depends_on: 'nobody' }),
    'The specified reference "nobody" (in resources.web.depends_on)',
    'InvalidTemplateReference',
  ],
  [resource({ deletion_policy: 'Burn' }), 'Invalid deletion policy'],
  [resource({ deletion_policy: 'delete' }, '2013-05-23'), 'Invalid deletion policy "delete"'],
  [resource({ condition: 'nobody' }), 'resources.web.condition: Invalid condition "nobody"'],
  [resource({ condition: ['x'] }), 'Invalid condition'],
  [hot({ outputs: { o: null } }), 'Each output must contain a value key.'],
  [hot({ outputs: { o: { description: 'x' } } }), 'outputs.o: Each output must contain a value key.'],
  [hot({ outputs: { o: { value: 1, x: 1 } } }), '"x" is not a valid keyword inside a output definition'],
  [hot({ outputs: { o: { value: 1, condition: 'c' } } }), 'outputs.o.condition: Invalid condition "c"'],
  [hot({ conditions: { c: 5 } }), 'The definition of condition "c" is invalid: 5'],
  [hot({ parameters: { p: 'string' } }), 'Invalid parameter (p), expected a mapping', 'InvalidSchemaError'],
  [
    hot({ parameters: { 'OS::stack_id': { type: 'string' } } }),
    'pseudo parameter',
    'InvalidTemplateParameter',
  ],
  [hot({ parameter_groups: 'x' }), 'The parameter_groups should be a list.'],
  [hot({ parameter_groups: [{}] }), 'The parameters must be provided for each parameter group.'],
  [hot({ parameter_groups: [{ parameters: 'x' }] }), 'The parameters of parameter group should be a list.'],
  [
    hot({ parameter_groups: [{ parameters: ['x'] }] }),
    'The grouped parameter x does not reference a valid parameter.',
  ],
  [
    hot({ parameters: { p: { type: 'string' } }, parameter_groups: [{ parameters: ['p', 'p'] }] }),
    'The p parameter must be assigned to one parameter group only.',
  ],
])('refuses %j', (given, message, code = 'StackValidationFailed') => {
  expect(() => parseTemplate(given)).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(message) }),
  );
});

it('says path and line of what is wrong in a text', () => {
  const text = `heat_template_version: 2016-10-14
resources:
  web:
    type: T
    properties:
      name: {str_replace: {template: x}}
`;
  expect(() => parseTemplate(text)).toThrow(
    /^resources\.web\.properties\.name\.str_replace \(line 6, column 27\): /,
  );
  expect(() => parseTemplate('heat_template_version: 2016-10-14\nresources: {\n')).toThrow(
    /line 3, column 1/,
  );
});

it('says the line in JSON too', () => {
  expect(() =>
    parseTemplate('{"heat_template_version": "rocky",\n "resources": {"a": {"type": 5}}}'),
  ).toThrow(/^resources\.a\.type \(line 2, column 30\): /);
});

const deep = (depth: number): Json => (depth === 0 ? 1 : [deep(depth - 1)]);
const bomb = ['a: &a [x, x, x, x, x, x, x, x, x, x]', ...'bcdefgh'.split('').map(bombLine)].join('\n');
function bombLine(name: string): string {
  const last = String.fromCharCode(name.charCodeAt(0) - 1);
  return `${name}: &${name} [${Array.from({ length: 10 }, () => `*${last}`).join(', ')}]`;
}

it.each<[string, Json]>([
  ['a bomb of aliases', bomb],
  ['an alias of itself', 'a: &a [*a]'],
  ['deep brackets', `a: ${'['.repeat(200_000)}`],
  ['deep maps', `a: ${'{a: '.repeat(2000)}`],
  ['deep blocks', Array.from({ length: 500 }, (_, at) => `${' '.repeat(at)}a:`).join('\n')],
  ['deep lists in blocks', `a: \n${'- '.repeat(3000)}x`],
  ['depth in what is read already', hot({ description: deep(1000) })],
  ['a text that is too long', `#${'x'.repeat(512 * 1024)}`],
  ['a template that is too long', hot({ description: 'x'.repeat(512 * 1024) })],
  ['the same key twice', 'heat_template_version: 2016-10-14\nresources: {}\nresources: {}'],
  ['the same key twice in JSON', '{"heat_template_version": "rocky", "resources": {}, "resources": {}}'],
  ['more aliases than anybody writes', `a: &a x\nb: [${'*a, '.repeat(201)}]`],
  ['very many keys, soon', `a: {${Array.from({ length: 20_000 }, (_, at) => `k${at}: 1`).join(', ')}}`],
  ['no map', '- a'],
  ['a scalar', 'text'],
  ['nothing', ''],
  ['a tag of another language', 'heat_template_version: !!js/function "x"'],
  ['a tag of one’s own', 'heat_template_version: 2016-10-14\ndescription: !Ref x'],
  ['infinity', 'heat_template_version: 2016-10-14\ndescription: .inf'],
  ['tabs', 'heat_template_version: 2016-10-14\nresources:\n\ta: 1'],
  ['two documents', 'heat_template_version: 2016-10-14\n---\na: 1'],
  ['maps as keys', 'heat_template_version: 2016-10-14\n? {a: 1}\n: x'],
  ['null bytes', 'heat_template_version: \0'],
])('refuses %s', (_, given) => {
  expect(() => parseTemplate(given)).toThrow(CloudError);
});

it('keeps keys that objects inherit as what they are', () => {
  const { resources } = parseTemplate(
    'heat_template_version: 2021-04-16\nresources:\n  __proto__: {type: T}\n  constructor: {type: T, properties: {__proto__: 1, toString: {valueOf: 1}}}',
  );
  expect([...resources.keys()]).toEqual(['__proto__', 'constructor']);
  expect(JSON.stringify(resources.get('constructor')?.properties)).toBe(
    '{"__proto__":1,"toString":{"valueOf":1}}',
  );
});

it('reads or refuses whatever a client sends', () => {
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.constantFrom('resources', 'outputs', 'parameters', 'conditions'),
        fc.json().map((text) => JSON.parse(text) as Json),
      ),
      (sections) => {
        try {
          return parseTemplate(hot(sections)).kind === 'hot';
        } catch (thrown) {
          return thrown instanceof CloudError;
        }
      },
    ),
    { numRuns: often(500) },
  );
});
