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

  it.each(['(role:a', 'role:a role:b', 'nonsense', 'role:a or'])('refuses the expression %s', (text) => {
    expect(() => parseExpression(text)).toThrow(/policy expression/);
  });
});
