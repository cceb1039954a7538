import { expect, it } from 'vitest';
import { mergeEnvironments, parseEnvironment } from './environment.ts';
import type { Json, JsonMap } from './json.ts';
import { parseTemplate } from './parse-template.ts';
import { fitsWildcard } from './wildcard.ts';

const registryOf = (resource_registry: JsonMap) => parseEnvironment({ resource_registry }).registry;

it('reads texts and maps, and nothing as nothing', () => {
  const environment = parseEnvironment(`
parameters: { p: 1 }
parameter_defaults: { q: 2 }
resource_registry: { "OS::A": "OS::B", resources: { web: { hooks: pre-create } } }
encrypted_param_names: [p]
event_sinks: [{ type: zaqar-queue, target: news, ttl: 60 }]
`);
  expect(environment).toMatchObject({
    parameters: { p: 1 },
    parameterDefaults: { q: 2 },
    encryptedParamNames: ['p'],
    eventSinks: [{ type: 'zaqar-queue', target: 'news', ttl: 60 }],
  });
  for (const nothing of [undefined, null, '', '# none', {}])
    expect(parseEnvironment(nothing).source).toEqual({
      parameters: {},
      parameter_defaults: {},
      resource_registry: { resources: {} },
      encrypted_param_names: [],
      event_sinks: [],
    });
});

it('shows itself in a form that it reads again', () => {
  const { source } = parseEnvironment({
    resource_registry: { A: 'B', resources: { x: { A: 'C' } } },
    parameters: { p: 1 },
  });
  expect(parseEnvironment(source).source).toEqual(source);
});

it.each<[Json, string, string?]>([
  [{ bogus: {} }, 'environment has wrong section "bogus"'],
  [{ parameters: null }, 'environment has empty section "parameters"'],
  [{ parameters: [] }, 'The section "parameters" of the environment must be a map'],
  [{ event_sinks: {} }, 'must be a list'],
  [{ event_sinks: ['zaqar-queue'] }, 'event_sinks.0 must be a map'],
  [{ event_sinks: [{ target: 'news' }] }, 'event_sinks.0.type: null is no type of event sinks'],
  [{ event_sinks: [{ type: 'pigeon', target: 'news' }] }, '"pigeon" is no type'],
  [{ event_sinks: [{ type: 'zaqar-queue' }] }, 'event_sinks.0.target: the name of a queue'],
  [{ event_sinks: [{ type: 'zaqar-queue', target: 'x'.repeat(65) }] }, '1 to 64 characters'],
  [{ event_sinks: [{ type: 'zaqar-queue', target: 'news', ttl: 0 }] }, 'event_sinks.0.ttl'],
  [{ event_sinks: [{ type: 'zaqar-queue', target: 'news', url: 'http://x' }] }, '"url" is not known'],
  ['- a', 'The environment is not a JSON object or YAML mapping.'],
  ['a: [', 'Error parsing environment'],
  [{ resource_registry: { A: 5 } }, 'resource_registry.A'],
  [{ resource_registry: { resources: 'x' } }, 'must be a map'],
  [{ resource_registry: { resources: { a: 5 } } }, 'resource_registry.resources.a must be a map'],
  [
    { resource_registry: { resources: { a: { hooks: 'pre-lunch' } } } },
    'Invalid hook type',
    'InvalidBreakPointHook',
  ],
  [
    { resource_registry: { resources: { a: { b: { hooks: [1] } } } } },
    'Invalid hook type',
    'InvalidBreakPointHook',
  ],
  [
    { resource_registry: { resources: { a: { restricted_actions: ['update', 'x'] } } } },
    'Invalid restricted_action type',
    'InvalidRestrictedAction',
  ],
])('refuses %j', (given, message, code = 'StackValidationFailed') => {
  expect(() => parseEnvironment(given)).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(message) }),
  );
});

it.each<[string, string | undefined, object]>([
  ['OS::Unknown', undefined, { type: 'OS::Unknown' }],
  ['OS::Net', undefined, { type: 'OS::Neutron::Net' }],
  ['OS::Chain', undefined, { type: 'OS::Neutron::Net' }],
  ['My::Type', undefined, { template: 'file:///my.yaml' }],
  ['other.template', undefined, { template: 'other.template' }],
  ['Old::Server', undefined, { type: 'New::Server' }],
  ['Old::Special::X', undefined, { type: 'OS::Heat::None' }],
  ['OS::Net', 'web', { type: 'OS::Heat::None' }],
  ['OS::Net', 'db', { type: 'OS::Neutron::Net' }],
  ['base_url', undefined, { type: 'base_url' }],
  ['toString', undefined, { type: 'toString' }],
])('finds for %s of %s what it stands for', (type, resource, expected) => {
  const registry = registryOf({
    base_url: 'http://x/',
    'OS::Net': 'OS::Neutron::Net',
    'OS::Chain': 'OS::Net',
    'My::Type': 'file:///my.yaml',
    'Old::*': 'New::*',
    'Old::Special::*': 'OS::Heat::None',
    resources: { web: { 'OS::Net': 'OS::Heat::None' } },
  });
  expect(registry.target(type, resource)).toEqual(expected);
});

it('refuses types that go round, but not one that stands for all others', () => {
  expect(() => registryOf({ A: 'B', B: 'A' }).target('A')).toThrow('go round');
  expect(registryOf({ '*': 'OS::Heat::None' }).target('OS::X')).toEqual({ type: 'OS::Heat::None' });
});

it('finds hooks and restricted actions by names and wildcards, in nested stacks too', () => {
  const registry = registryOf({
    resources: {
      '*_net': { hooks: 'pre-create' },
      web_net: { hooks: ['pre-update', 'post-create'], restricted_actions: 'replace' },
      nested: { inner: { hooks: 'pre-delete' }, 'OS::A': 'OS::B' },
      'group_*': { '*': { restricted_actions: ['update'] } },
    },
  });
  expect([...registry.hooks('web_net')].toSorted()).toEqual(['post-create', 'pre-create', 'pre-update']);
  expect([...registry.hooks('other')]).toEqual([]);
  expect([...registry.restrictedActions('web_net')]).toEqual(['replace']);
  expect([...registry.child('nested').hooks('inner')]).toEqual(['pre-delete']);
  expect([...registry.child('group_1').restrictedActions('member')]).toEqual(['update']);
  expect([...registry.child('other').hooks('web_net')]).toEqual([]);
});

const SCHEMAS = parseTemplate({
  heat_template_version: '2018-08-31',
  parameters: {
    s: { type: 'string' },
    n: { type: 'number' },
    l: { type: 'comma_delimited_list' },
    j: { type: 'json' },
    b: { type: 'boolean' },
  },
}).parameters;

const merged = (first: JsonMap, second: JsonMap, strategies?: JsonMap) =>
  mergeEnvironments(
    [
      { parameters: first },
      { parameters: second, ...(strategies && { parameter_merge_strategies: strategies }) },
    ],
    SCHEMAS,
  ).parameters;

it.each<[JsonMap, JsonMap, JsonMap | undefined, JsonMap]>([
  [{ s: 'a', n: 1 }, { s: 'b' }, undefined, { s: 'b', n: 1 }],
  [{ s: 'a' }, { s: 'b' }, { default: 'merge' }, { s: 'ab' }],
  [{ n: 1 }, { n: 2 }, { n: 'merge' }, { n: 3 }],
  [{ l: 'a' }, { l: 'b' }, { l: 'merge' }, { l: 'a,b' }],
  [{ l: ['a'] }, { l: ['b'] }, { l: 'merge' }, { l: ['a', 'b'] }],
  [{ j: { a: { x: 1 } } }, { j: { a: { y: 2 } } }, { j: 'merge' }, { j: { a: { y: 2 } } }],
  [
    { j: { a: { x: 1 }, l: [1] } },
    { j: '{"a": {"y": 2}, "l": [2]}' },
    { j: 'deep_merge' },
    { j: { a: { x: 1, y: 2 }, l: [1, 2] } },
  ],
  [
    { s: 'a', n: 1 },
    { s: 'b', n: 2 },
    { default: 'merge', n: 'overwrite' },
    { s: 'ab', n: 2 },
  ],
  [{ unknown: 1 }, { unknown: 2 }, { default: 'merge' }, { unknown: 2 }],
])('merges %j and %j by %j', (first, second, strategies, expected) => {
  expect(merged(first, second, strategies)).toEqual(expected);
});

it('refuses strategies that are none, or do not suit', () => {
  for (const [first, strategy] of [
    ['x', 'shuffle'],
    [true, 'merge'],
  ] as const)
    expect(() => merged({ b: first }, { b: true }, { b: strategy })).toThrow(
      expect.objectContaining({ code: 'InvalidMergeStrategyForParam' }),
    );
});

it('puts registries, sinks and names of all files together', () => {
  const { registry, eventSinks, encryptedParamNames } = mergeEnvironments(
    [
      {
        resource_registry: { A: 'B', resources: { x: { hooks: 'pre-create' } } },
        encrypted_param_names: ['p'],
      },
      {
        resource_registry: { A: 'C', resources: { y: { hooks: 'pre-update' } } },
        event_sinks: [{ type: 'zaqar-queue', target: 'news' }],
        encrypted_param_names: ['q'],
      },
    ],
    SCHEMAS,
  );
  expect(registry.target('A')).toEqual({ type: 'C' });
  expect([...registry.hooks('x'), ...registry.hooks('y')]).toEqual(['pre-create', 'pre-update']);
  expect(eventSinks).toEqual([{ type: 'zaqar-queue', target: 'news' }]);
  expect(encryptedParamNames).toEqual(['p', 'q']);
});

it.each<[string, string, boolean]>([
  ['abc', 'abc', true],
  ['abc', 'a*', true],
  ['abc', '*c', true],
  ['abc', 'a?c', true],
  ['abc', '*b*', true],
  ['', '*', true],
  ['abc', 'ab', false],
  ['abc', '', false],
  ['a.c', 'a.c', true],
  ['abc', 'a.c', false],
  ['a'.repeat(5000), `${'*a'.repeat(2000)}b`, false],
])('%.10s and the pattern %.10s', (name, pattern, fits) => {
  expect(fitsWildcard(name, pattern)).toBe(fits);
});
