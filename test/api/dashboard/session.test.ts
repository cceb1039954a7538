import { afterEach, beforeEach, expect, it } from 'vitest';
import { aCaller, callerToken, serveApi, type ApiAnswer, type TestApi } from '#test/support/api.ts';
import { createDashboardService } from '#services/dashboard/index.ts';

const me = aCaller('mine');
const OURS = { 'x-hydria-dashboard': '1' };

let api: TestApi;

beforeEach(async () => {
  api = await serveApi({ rules: [], services: () => [createDashboardService({ directory: '/nowhere' })] });
});
afterEach(() => api[Symbol.asyncDispose]());

const cookieOf = ({ headers }: ApiAnswer): string => String(headers['set-cookie']);

it('keeps the token where no script can read it, for its own path alone', async () => {
  const kept = await api.put('/ui/session', { as: me, headers: OURS });
  expect(kept.status).toBe(204);
  const cookie = cookieOf(kept);
  expect(cookie).toBe(
    `hydria-session=${callerToken(me)}; Path=/ui/session; HttpOnly; SameSite=Strict; Priority=High`,
  );
  const found = await api.get('/ui/session', {
    headers: { ...OURS, cookie: `other=1; ${cookie.split(';')[0]}` },
  });
  expect([found.status, found.body, found.headers['cache-control']]).toEqual([
    200,
    { token: callerToken(me) },
    'no-store',
  ]);
});

it('sends the cookie over TLS alone where the cloud is reached so', async () => {
  const headers = { ...OURS, 'x-forwarded-proto': 'https' };
  expect(cookieOf(await api.put('/ui/session', { as: me, headers }))).toContain('; Secure');
});

it('has no token for whoever has not signed in, or has signed out', async () => {
  expect((await api.get('/ui/session', { headers: OURS })).body).toEqual({ token: null });
  const gone = await api.delete('/ui/session', { headers: OURS });
  expect([gone.status, cookieOf(gone)]).toEqual([
    204,
    'hydria-session=; Path=/ui/session; HttpOnly; SameSite=Strict; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
  ]);
});

it('keeps no token that is not good', async () => {
  const refused = await api.put('/ui/session', { token: 'nonsense', headers: OURS });
  expect([refused.status, refused.headers['set-cookie']]).toEqual([401, undefined]);
});

it.each(['GET', 'PUT', 'DELETE'])('refuses %s of a page that may be somebody else’s', async (method) => {
  const cookie = `hydria-session=${callerToken(me)}`;
  const answer = await api.call(method, '/ui/session', { as: me, headers: { cookie } });
  expect([answer.status, answer.headers['set-cookie']]).toEqual([403, undefined]);
  expect(answer.text).not.toContain(callerToken(me));
});

it('is signed in to no API by the cookie', async () => {
  const cookie = `hydria-session=${callerToken(me)}`;
  expect((await api.put('/ui/session', { headers: { ...OURS, cookie } })).status).toBe(401);
});
