import { Type } from 'typebox';
import { expect, it } from 'vitest';
import { breaksOf, leastOf } from './schema-breaks.ts';

const schema = Type.Object(
  {
    name: Type.String({ minLength: 2, maxLength: 4 }),
    count: Type.Optional(Type.Union([Type.Integer({ minimum: 1, maximum: 9 }), Type.Null()])),
    nets: Type.Optional(Type.Array(Type.Object({ port: Type.Literal('a') }))),
    labels: Type.Optional(Type.Record(Type.String({ pattern: '^[a-z]+$' }), Type.String())),
  },
  { additionalProperties: false },
);

it('makes the least value, and breaks each constraint once', () => {
  expect(leastOf(schema)).toEqual({ name: 'web' });
  const breaks = Object.fromEntries(breaksOf(schema).map(({ what, value }) => [what, value]));
  expect(breaks).toMatchObject({
    'it lacks name': {},
    'it has too much': { name: 'web', colour: 'red' },
    'it.name is too short': { name: 'w' },
    'it.name is too long': { name: 'webbb' },
    'it.count is too small': { name: 'web', count: 0 },
    'it.count is too large': { name: 'web', count: 10 },
    'it.count is a fraction': { name: 'web', count: 2.5 },
    'it.nets.0 lacks port': { name: 'web', nets: [{}] },
    'it.nets.0.port is another word': { name: 'web', nets: [{ port: 'not a' }] },
    'it.labels.web is of another type': { name: 'web', labels: { web: [{ odd: true }] } },
  });
});

it('leaves out what another branch of a union takes', () => {
  const either = Type.Union([Type.Integer({ minimum: 1 }), Type.String({ pattern: '^[0-9]+$' })]);
  expect(breaksOf(either).map(({ value }) => value)).not.toContain('1');
  expect(breaksOf(either).map(({ value }) => value)).toContain(0);
});
