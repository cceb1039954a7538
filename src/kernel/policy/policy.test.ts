import { describe, expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import type { Ctx } from '../context.ts';
import { silentLogger } from '../log.ts';
import { parseExpression } from './expression.ts';
import { Policy } from './policy.ts';

const domain = { id: 'default', name: 'Default' };
const caller = (roles: string[], project = 'p1'): Ctx => ({
  requestId: 'req-1',
  user: { id: 'u1', name: 'u', domain },
  project: { id: project, name: project, domain },
  domainScope: null,
  systemScope: false,
  roles,
  isAdmin: roles.includes('admin'),
  microversion: { major: 1, minor: 1 },
  signal: new AbortController().signal,
  clock: systemClock,
  log: silentLogger,
});
const policy = new Policy([
  { name: 'thing:get', check: 'rule:reader', doc: '' },
  { name: 'thing:odd', check: 'not role:admin and (user_id:%(user_id)s or role:special)', doc: '' },
  { name: 'thing:never', check: '!', doc: '' },
]);

describe('policy', () => {
  it('lets a reader read in the own project and nowhere else', () => {
    expect(policy.allows(caller(['reader']), 'thing:get', { project_id: 'p1' })).toBe(true);
    expect(policy.allows(caller(['reader']), 'thing:get', { project_id: 'p2' })).toBe(false);
  });

  it('lets an administrator act in every project', () => {
    expect(policy.allows(caller(['admin'], 'p9'), 'thing:get', { project_id: 'p1' })).toBe(true);
  });

  it('reads not, and, or and parentheses', () => {
    expect(policy.allows(caller(['special']), 'thing:odd', { user_id: 'other' })).toBe(true);
    expect(policy.allows(caller(['member']), 'thing:odd', { user_id: 'other' })).toBe(false);
    expect(policy.allows(caller(['admin', 'special']), 'thing:odd', { user_id: 'u1' })).toBe(false);
  });

  it('denies what no rule names, and never lets an absent value match an absent one', () => {
    expect(policy.allows(caller(['admin']), 'thing:unheard-of')).toBe(false);
    expect(policy.allows(caller(['reader']), 'thing:get', {})).toBe(false);
    expect(() => policy.authorize(caller(['admin']), 'thing:never')).toThrow(/thing:never/);
  });

  it('hides from strangers what it forbids to insiders', () => {
    const hidden = () => new Error('hidden') as never;
    const see = (ctx: Ctx) => () => policy.authorizeVisible(ctx, 'thing:get', { project_id: 'p1' }, hidden);
    expect(see(caller([], 'p2'))).toThrow('hidden');
    expect(see(caller([]))).toThrow(/doesn't allow/);
  });

  it('compares words, numbers and truths, and looks into what an object holds', () => {
    const rules = new Policy([
      { name: 'word', check: "'public':%(visibility)s and True:%(enabled)s", doc: '' },
      { name: 'deep', check: 'user_id:%(target.user.id)s', doc: '' },
    ]);
    expect(rules.allows(caller([]), 'word', { visibility: 'public', enabled: true })).toBe(true);
    expect(rules.allows(caller([]), 'word', { visibility: 'public', enabled: false })).toBe(false);
    expect(rules.allows(caller([]), 'deep', { target: { user: { id: 'u1' } } })).toBe(true);
    expect(rules.allows(caller([]), 'deep', { target: { user: {} } })).toBe(false);
    expect(rules.allows(caller([]), 'deep', { 'target.user.id': 'u1' })).toBe(true);
  });

  it.each(['(role:a', 'role:a role:b', 'nonsense', 'role:a or', 'http://else.where/ask'])(
    'refuses the expression %s',
    (text) => {
      expect(() => parseExpression(text)).toThrow(/policy expression/);
    },
  );
});

describe('overrides', () => {
  const rules = () =>
    new Policy([
      { name: 'thing:get', check: 'rule:reader', doc: 'Show.' },
      { name: 'thing:list', check: 'rule:reader', doc: 'List.' },
    ]);

  it('hold instead of the defaults, which come back when they go', () => {
    const changed = rules();
    changed.override(new Map([['thing:get', 'role:auditor']]));
    expect(changed.allows(caller(['auditor']), 'thing:get', { project_id: 'p2' })).toBe(true);
    expect(changed.allows(caller(['admin']), 'thing:get')).toBe(false);
    expect(changed.allows(caller(['reader']), 'thing:list')).toBe(true);
    changed.override(new Map());
    expect(changed.allows(caller(['reader']), 'thing:get')).toBe(true);
  });

  it('of a rule that others are made of reach those too', () => {
    const changed = rules();
    changed.override(new Map([['admin', 'role:root']]));
    expect(changed.allows(caller(['root']), 'thing:get', { project_id: 'p2' })).toBe(true);
    expect(changed.allows(caller(['admin']), 'thing:get', { project_id: 'p2' })).toBe(false);
  });

  it.each([
    ['cannot be read', [['thing:get', 'role:a or']], /thing:get: The policy expression/],
    [
      'go round in circles',
      [
        ['a', 'rule:b'],
        ['b', 'not (rule:a)'],
      ],
      /circles: a → b → a/,
    ],
  ] as const)('that %s change nothing', (_why, overrides, complaint) => {
    const kept = rules();
    kept.override(new Map([['thing:list', '!']]));
    expect(() => kept.override(new Map(overrides))).toThrow(complaint);
    expect(kept.allows(caller(['admin']), 'thing:list')).toBe(false);
    expect(kept.allows(caller(['reader']), 'thing:get')).toBe(true);
  });

  it('that look like slips are named', () => {
    const doubtful = rules();
    doubtful.override(
      new Map([
        ['thing:gte', '@'],
        ['thing:get', 'rule:helper or rule:lost'],
        ['helper', 'role:h'],
      ]),
    );
    expect(doubtful.doubts()).toEqual([
      expect.stringContaining("'thing:gte' is no rule"),
      expect.stringContaining("'rule:lost'"),
    ]);
  });
});
