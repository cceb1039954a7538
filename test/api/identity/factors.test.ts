import { Secret, TOTP } from 'otpauth';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EnvelopeVault } from '#kernel/vault/vault.ts';
import type { ApiAnswer } from '#test/support/api.ts';
import { ManualClock } from '#test/support/manual-clock.ts';
import { serveIdentity, tokenOf, type IdentityApi } from './support.ts';

const V3 = '/identity/v3';
const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const MINUTE = 60_000;
const clock = new ManualClock();
let identity: IdentityApi;
let ada: string;

beforeAll(async () => {
  identity = await serveIdentity(clock, { passwordRules: { lockoutFailures: 4 }, tokenLifetime: 1e9 });
  const { database } = identity.api;
  await sql`create table if not exists identity_credential (id text primary key, user_id text, project_id text,
    type text, blob_sealed text, key_hash text)`.execute(database.handle());
});
afterAll(() => identity.api[Symbol.asyncDispose]());

let count = 0;
let name: string;
beforeEach(async () => {
  clock.advance(10 * MINUTE);
  name = `ada${++count}`;
  ada = await addUser(name, { multi_factor_auth_rules: [['password', 'totp']] });
});

/** A user with the password `one` and a passcode generator. */
async function addUser(userName: string, options: object): Promise<string> {
  const { api, admin: token } = identity;
  const made = await api.post(`${V3}/users`, {
    token,
    body: { user: { name: userName, password: 'one', options } },
  });
  const userId = String(made.body.user.id);
  const vault = new EnvelopeVault({ database: api.database, masterKeys: [Buffer.alloc(32, 2)] });
  const blob = await vault.seal('identity', SECRET, `credential/${userId}`);
  await sql`insert into identity_credential (id, user_id, type, blob_sealed)
    values (${userId}, ${userId}, 'totp', ${blob})`.execute(api.database.handle());
  return userId;
}

const passcode = (at = clock.now().getTime()): string =>
  new TOTP({ secret: Secret.fromBase32(SECRET) }).generate({ timestamp: at });

const domain = { id: 'default' };
const byPassword = (password = 'one') => ({ password: { user: { name, domain, password } } });
const byPasscode = (code = passcode()) => ({ totp: { user: { name, domain, passcode: code } } });

function login(proofs: object, receipt?: string): Promise<ApiAnswer> {
  const headers = receipt === undefined ? {} : { 'openstack-auth-receipt': receipt };
  const auth = { identity: { methods: Object.keys(proofs), ...proofs } };
  return identity.api.post(`${V3}/auth/tokens`, { body: { auth }, headers });
}

const receiptOf = (answer: ApiAnswer): string => String(answer.headers['openstack-auth-receipt']);

describe('a user with a second factor', () => {
  it('gets a token for both at once', async () => {
    const answer = await login({ ...byPassword(), ...byPasscode() });
    expect(answer.status).toBe(201);
    expect(answer.body.token.methods).toEqual(['password', 'totp']);
  });

  it('gets a receipt for one, and a token for the receipt and the other', async () => {
    const first = await login(byPassword());
    expect(first.status).toBe(401);
    expect(first.body).toMatchObject({
      receipt: { methods: ['password'], user: { id: ada, name, domain: { id: 'default', name: 'Default' } } },
      required_auth_methods: [['password', 'totp']],
    });
    expect(first.body.receipt.expires_at).toMatch(/\.\d{6}Z$/);
    const second = await login(byPasscode(), receiptOf(first));
    expect(second.status).toBe(201);
    expect(second.body.token.methods).toEqual(['password', 'totp']);
  });

  it('may rescope the token without proving it all again', async () => {
    const token = String((await login({ ...byPassword(), ...byPasscode() })).headers['x-subject-token']);
    expect((await login({ token: { id: token } })).status).toBe(201);
  });

  it('cannot come in by a token from before the rule', async () => {
    name = `old${count}`;
    const id = await addUser(name, {});
    const token = await tokenOf(identity.api, name, 'one');
    const options = { multi_factor_auth_rules: [['password', 'totp']] };
    await identity.api.patch(`${V3}/users/${id}`, { token: identity.admin, body: { user: { options } } });
    expect((await login({ token: { id: token } })).status).toBe(401);
  });

  it('needs but one where the rules are switched off or ask for one', async () => {
    const patch = (options: object) =>
      identity.api.patch(`${V3}/users/${ada}`, { token: identity.admin, body: { user: { options } } });
    await patch({ multi_factor_auth_enabled: false });
    expect((await login(byPassword())).status).toBe(201);
    await patch({ multi_factor_auth_enabled: true, multi_factor_auth_rules: [['password'], ['totp']] });
    expect((await login(byPasscode())).status).toBe(201);
  });
});

describe('a receipt', () => {
  const stranger = async () => {
    const mine = name;
    name = `stranger${count}`;
    await addUser(name, { multi_factor_auth_rules: [['password', 'totp']] });
    const receipt = receiptOf(await login(byPassword()));
    name = mine;
    return receipt;
  };

  it("is of no use after five minutes, after a new password, or with another's passcode", async () => {
    const late = receiptOf(await login(byPassword()));
    clock.advance(5 * MINUTE);
    expect((await login(byPasscode(), late)).status).toBe(401);
    const before = receiptOf(await login(byPassword()));
    const change = { user: { original_password: 'one', password: 'two' } };
    await identity.api.post(`${V3}/users/${ada}/password`, { body: change });
    clock.advance(MINUTE);
    expect((await login(byPasscode(), before)).status).toBe(401);
    expect((await login(byPasscode(), await stranger())).status).toBe(401);
  });

  it('is neither a token, nor made of one, nor forged', async () => {
    const receipt = receiptOf(await login(byPassword()));
    expect((await login({ token: { id: receipt } })).status).toBe(401);
    expect((await identity.api.get(`${V3}/auth/projects`, { token: receipt })).status).toBe(401);
    expect((await login(byPasscode(), identity.admin)).status).toBe(401);
    clock.advance(MINUTE);
    expect((await login(byPasscode(), `${receipt.slice(0, -3)}AAA`)).status).toBe(401);
  });
});

describe('a passcode', () => {
  it('counts once, also for two who send it at the same time', async () => {
    const proofs = { ...byPassword(), ...byPasscode() };
    const answers = await Promise.all([login(proofs), login(proofs)]);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect((await login(proofs)).status).toBe(401);
  });

  it('of the last half minute counts, an older or a future one does not', async () => {
    const now = clock.now().getTime();
    const at = (ms: number) => login({ ...byPassword(), ...byPasscode(passcode(now + ms)) });
    expect((await at(-60_000)).status).toBe(401);
    expect((await at(30_000)).status).toBe(401);
    expect((await at(-30_000)).status).toBe(201);
  });

  it('that is guessed too often is refused when it is right, though the password was', async () => {
    for (const code of ['1', '000000', 'abc', '']) {
      expect((await login({ ...byPassword(), ...byPasscode(code) })).status).toBe(401);
    }
    expect((await login({ ...byPassword(), ...byPasscode() })).status).toBe(401);
  });

  it('of somebody without a secret, or of nobody, is refused in the same words', async () => {
    name = 'admin';
    const known = await login(byPasscode());
    name = 'nobody';
    expect(await login(byPasscode()).then(({ body }) => body)).toEqual(known.body);
    expect(known.status).toBe(401);
  });
});
