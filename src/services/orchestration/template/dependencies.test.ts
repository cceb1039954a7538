import { expect, it } from 'vitest';
import { conditionsOf } from './conditions.ts';
import { attributesAsked, dependencies, resourcesOn } from './dependencies.ts';
import type { Scope } from './expression.ts';
import type { Json, JsonMap } from './json.ts';
import { parseTemplate } from './parse-template.ts';
import type { Template } from './template.ts';
import { scopeOf } from './testing.ts';

const templateOf = (resources: JsonMap, more: JsonMap = {}) =>
  parseTemplate({ heat_template_version: '2021-04-16', resources, ...more });

/** A scope as the engine makes it: parameters, and the template's own conditions. */
function scopeFor(template: Template, parameters: JsonMap = {}): Scope {
  const scope = scopeOf({ parameters });
  return { ...scope, condition: conditionsOf(template, scope) };
}

const graphOf = (template: Template, parameters?: JsonMap) =>
  Object.fromEntries(
    [...dependencies(template, scopeFor(template, parameters))].map(([name, needed]) => [
      name,
      [...needed].toSorted(),
    ]),
  );

const using = (name: Json) => ({ type: 'T', properties: { x: { get_resource: name } } });

it('finds what each resource needs, wherever it is named', () => {
  const template = templateOf({
    net: { type: 'T' },
    port: using('net'),
    server: { type: 'T', metadata: { ip: { get_attr: ['port', 'ip'] } }, depends_on: ['log'] },
    log: { type: 'T', update_policy: { x: { get_resource: 'net' } } },
    known: { type: 'T', external_id: { get_attr: ['net', 'id'] } },
  });
  expect(graphOf(template)).toEqual({
    net: [],
    port: ['net'],
    server: ['log', 'port'],
    log: ['net'],
    known: ['net'],
  });
});

it('leaves out what conditions take away, from depends_on too', () => {
  const template = templateOf(
    {
      a: { type: 'T', condition: 'many' },
      b: { type: 'T', depends_on: 'a', properties: { x: { if: ['many', { get_resource: 'a' }, 'none'] } } },
    },
    { parameters: { n: { type: 'number' } }, conditions: { many: { equals: [{ get_param: 'n' }, 2] } } },
  );
  expect(graphOf(template, { n: 2 })).toEqual({ a: [], b: ['a'] });
  expect(graphOf(template, { n: 1 })).toEqual({ b: [] });
  expect([...resourcesOn(template, scopeFor(template, { n: 1 })).keys()]).toEqual(['b']);
});

it.each<[string, JsonMap, string]>([
  [
    'a name that is not there',
    { a: using('nobody') },
    'The specified reference "nobody" (in resources.a) is incorrect.',
  ],
  [
    'a resource that is off',
    { a: using('b'), b: { type: 'T', condition: false } },
    'The specified reference "b"',
  ],
])('refuses %s', (_, resources, message) => {
  const template = templateOf(resources);
  expect(() => dependencies(template, scopeFor(template))).toThrow(
    expect.objectContaining({ code: 'InvalidTemplateReference', message: expect.stringContaining(message) }),
  );
});

it.each<[JsonMap, string]>([
  [{ a: using('a') }, 'a -> a'],
  [{ z: using('a'), a: using('b'), b: using('c'), c: using('a') }, 'a -> b -> c -> a'],
  [{ a: { type: 'T', depends_on: 'b' }, b: { type: 'T', depends_on: 'a' } }, 'a -> b -> a'],
])('names the circle of %j', (resources, circle) => {
  const template = templateOf(resources);
  expect(() => dependencies(template, scopeFor(template))).toThrow(
    expect.objectContaining({
      code: 'CircularDependencyException',
      message: expect.stringContaining(circle),
    }),
  );
});

it('goes through long chains', () => {
  const chain = Array.from({ length: 3000 }, (_, at) => [
    `r${at}`,
    at === 0 ? { type: 'T' } : using(`r${at - 1}`),
  ]);
  expect(dependencies(templateOf(Object.fromEntries(chain) as JsonMap), scopeOf({})).size).toBe(3000);
});

it('works out conditions that stand on each other, once, and refuses circles', () => {
  const conditions = {
    a: { not: 'b' },
    b: { equals: [1, 2] },
    c: { and: ['a', { not: 'b' }] },
    x: { or: ['y', 'a'] },
    y: { not: 'x' },
  };
  const condition = conditionsOf(templateOf({}, { conditions }), scopeOf({}));
  expect(['a', 'b', 'c'].map(condition)).toEqual([true, false, true]);
  expect(() => condition('x')).toThrow('Circular definition for condition "x"');
  expect(() => condition('nobody')).toThrow('Invalid condition "nobody"');
});

it('gathers the attributes that are asked for, of outputs too', () => {
  const template = templateOf(
    { a: { type: 'T' }, b: { type: 'T', properties: { x: { get_attr: ['a', 'ip'] } } } },
    {
      outputs: {
        o: { value: { get_attr: ['b'] } },
        off: { value: { get_attr: ['a', 'no'] }, condition: false },
      },
    },
  );
  expect(Object.fromEntries(attributesAsked(template, scopeFor(template)))).toEqual({ a: [['ip']], b: [[]] });
});
