import { afterEach, describe, expect, it } from 'vitest';
import type { PasswordRules } from '#services/identity/model/password-rules.ts';
import { ManualClock } from '#test/support/manual-clock.ts';
import { passwordAuth, serveIdentity, type IdentityApi } from './support.ts';

const V3 = '/identity/v3';
const DAY = 86_400_000;
const opened: IdentityApi[] = [];
afterEach(async () => {
  for (const { api } of opened.splice(0)) await api[Symbol.asyncDispose]();
});

/** A cloud with these rules, in a time of its own. */
async function aCloud(passwordRules: PasswordRules) {
  const clock = new ManualClock();
  const identity = await serveIdentity(clock, { passwordRules, tokenLifetime: 1000 * DAY });
  opened.push(identity);
  const { api, admin: token } = identity;
  const addUser = (name: string, password: string, options: object = {}) =>
    api.post(`${V3}/users`, { token, body: { user: { name, password, options } } });
  /** A moment later: what was revoked until now is of the past. */
  const login = async (name: string, password: string) => {
    clock.advance(1);
    return (await api.post(`${V3}/auth/tokens`, { body: passwordAuth(name, password) })).status;
  };
  const change = (id: string, original_password: string, password: string) =>
    api.post(`${V3}/users/${id}/password`, { body: { user: { original_password, password } } });
  const update = (id: string, user: object) => api.patch(`${V3}/users/${id}`, { token, body: { user } });
  const user = async (...args: Parameters<typeof addUser>): Promise<string> =>
    String((await addUser(...args)).body.user.id);
  return { api, token, clock, addUser, user, login, change, update };
}

describe('a new password', () => {
  it('must match, whoever sets it, and the refusal says what is asked', async () => {
    const cloud = await aCloud({
      regex: '(?=.*\\d).{8,}$',
      regexDescription: 'eight characters, one a digit',
    });
    const refused = await cloud.addUser('ada', 'short');
    expect(refused.status).toBe(400);
    expect(refused.body.error.message).toContain('eight characters, one a digit');
    const id = await cloud.user('ada', 'long enough 1');
    expect((await cloud.update(id, { password: 'weak' })).status).toBe(400);
    expect((await cloud.change(id, 'long enough 1', 'weak')).status).toBe(400);
    expect(await cloud.login('ada', 'long enough 1')).toBe(201);
  });

  it('is none of the last ones, but for an administrator', async () => {
    const cloud = await aCloud({ uniqueLast: 3 });
    const id = await cloud.user('ada', 'one');
    expect((await cloud.change(id, 'one', 'one')).status).toBe(400);
    for (const [old, young] of ['one', 'two', 'three']
      .map((p, i, all) => [p, all[i + 1]] as const)
      .slice(0, 2)) {
      cloud.clock.advance(1);
      expect((await cloud.change(id, old, young ?? '')).status).toBe(204);
    }
    const again = await cloud.change(id, 'three', 'two');
    expect(again.body.error).toMatchObject({
      code: 400,
      message: expect.stringContaining('previous password'),
    });
    expect((await cloud.change(id, 'three', 'one')).status).toBe(204);
    expect((await cloud.update(id, { password: 'one' })).status).toBe(200);
  });

  it('is not changed again before its time', async () => {
    const cloud = await aCloud({ minimumAgeDays: 2 });
    const id = await cloud.user('ada', 'one');
    const early = await cloud.change(id, 'one', 'two');
    expect(early.body.error).toMatchObject({ code: 400, message: expect.stringContaining('minimum age') });
    cloud.clock.advance(2 * DAY);
    expect((await cloud.change(id, 'one', 'two')).status).toBe(204);
  });

  it('is set by an administrator alone where it is locked', async () => {
    const cloud = await aCloud({});
    const id = await cloud.user('ada', 'one', { lock_password: true });
    expect((await cloud.change(id, 'one', 'two')).status).toBe(400);
    expect((await cloud.update(id, { password: 'two' })).status).toBe(200);
    await cloud.update(id, { options: { lock_password: null } });
    expect((await cloud.change(id, 'two', 'three')).status).toBe(204);
  });
});

describe('an old password', () => {
  it('expires, says so to whoever knows it, and can then be changed without a token', async () => {
    const cloud = await aCloud({ expiryDays: 30 });
    const id = await cloud.user('ada', 'one');
    const token = (await cloud.api.post(`${V3}/auth/tokens`, { body: passwordAuth('ada', 'one') })).body
      .token;
    expect(token.user.password_expires_at).toBe('2030-01-31T00:00:00.000000');
    cloud.clock.advance(30 * DAY);
    const expired = await cloud.api.post(`${V3}/auth/tokens`, { body: passwordAuth('ada', 'one') });
    expect(expired.body.error).toMatchObject({ code: 401, message: expect.stringContaining('is expired') });
    const wrong = await cloud.api.post(`${V3}/auth/tokens`, { body: passwordAuth('ada', 'wrong') });
    expect(wrong.body.error.message).not.toContain('expired');
    expect((await cloud.change(id, 'one', 'two')).status).toBe(204);
    expect(await cloud.login('ada', 'two')).toBe(201);
  });

  it('that an administrator set is of use for its change alone, unless the user is exempt', async () => {
    const cloud = await aCloud({ changeUponFirstUse: true, minimumAgeDays: 1 });
    const id = await cloud.user('ada', 'one');
    expect(await cloud.login('ada', 'one')).toBe(401);
    expect((await cloud.change(id, 'one', 'two')).status).toBe(204);
    expect(await cloud.login('ada', 'two')).toBe(201);
    await cloud.addUser('bob', 'one', { ignore_change_password_upon_first_use: true });
    expect(await cloud.login('bob', 'one')).toBe(201);
  });

  it('stays good for users who are exempt', async () => {
    const cloud = await aCloud({ expiryDays: 1 });
    await cloud.addUser('ada', 'one', { ignore_password_expiry: true });
    cloud.clock.advance(2 * DAY);
    expect(await cloud.login('ada', 'one')).toBe(201);
  });
});

describe('failures', () => {
  it('in a row lock a user out, also from a right password, until the time is over', async () => {
    const cloud = await aCloud({ lockoutFailures: 3, lockoutSeconds: 60 });
    await cloud.addUser('ada', 'one');
    await Promise.all([1, 2, 3].map(() => cloud.login('ada', 'wrong')));
    expect(await cloud.login('ada', 'one')).toBe(401);
    cloud.clock.advance(60_000);
    expect(await cloud.login('ada', 'wrong')).toBe(401);
    expect(await cloud.login('ada', 'one')).toBe(201);
  });

  it('count from the last success, for a change of password too, and not for the exempt', async () => {
    const cloud = await aCloud({ lockoutFailures: 2 });
    const id = await cloud.user('ada', 'one');
    for (const password of ['wrong', 'one', 'wrong']) await cloud.login('ada', password);
    expect(await cloud.login('ada', 'one')).toBe(201);
    for (const password of ['wrong', 'wrong']) await cloud.change(id, password, 'two');
    cloud.clock.advance(900 * DAY);
    expect(await cloud.login('ada', 'one')).toBe(401);
    await cloud.addUser('bob', 'one', { ignore_lockout_failure_attempts: true });
    for (const password of ['wrong', 'wrong', 'wrong']) await cloud.login('bob', password);
    expect(await cloud.login('bob', 'one')).toBe(201);
  });

  it('at the same time count each', async () => {
    const cloud = await aCloud({ lockoutFailures: 5 });
    await cloud.addUser('ada', 'one');
    const guesses = [...Array<string>(5).fill('wrong'), 'one'];
    const answers = await Promise.all(guesses.map((password) => cloud.login('ada', password)));
    expect(answers).toEqual(Array(6).fill(401));
  });
});

it('a user who was away for too long is not let in until an administrator says so', async () => {
  const cloud = await aCloud({ disableInactiveDays: 90 });
  const id = await cloud.user('ada', 'one');
  await cloud.addUser('bob', 'one', { ignore_user_inactivity: true });
  cloud.clock.advance(60 * DAY);
  expect(await cloud.login('ada', 'one')).toBe(201);
  cloud.clock.advance(89 * DAY);
  expect(await cloud.login('ada', 'one')).toBe(201);
  cloud.clock.advance(91 * DAY);
  expect(await cloud.login('ada', 'one')).toBe(401);
  expect(await cloud.login('bob', 'one')).toBe(201);
  await cloud.update(id, { enabled: false });
  await cloud.update(id, { enabled: true });
  expect(await cloud.login('ada', 'one')).toBe(201);
});

it.each([
  { lock_password: 'yes' },
  { multi_factor_auth_rules: [[]] },
  { multi_factor_auth_rules: 'password' },
  { unheard_of: true },
])('the options %j are refused', async (options) => {
  const cloud = await aCloud({});
  expect((await cloud.addUser('ada', 'one', options)).status).toBe(400);
});
