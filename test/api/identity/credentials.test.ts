import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TestApi } from '#test/support/api.ts';
import { People, type Person } from './people.ts';
import { passwordAuth, serveIdentity } from './support.ts';

let api: TestApi;
let admin: string;
let people: People;
let owner: Person;
let own: string;
let count = 0;
const V3 = '/identity/v3';

beforeAll(async () => {
  ({ api, admin } = await serveIdentity());
  people = new People(api, admin);
});
beforeEach(async () => {
  owner = await people.add(`owner-${++count}`);
  own = await owner.login();
});
afterAll(() => api[Symbol.asyncDispose]());

const ec2Url = () => `${V3}/users/${owner.userId}/credentials/OS-EC2`;
const makeKeys = async (token = own) =>
  (await api.post(ec2Url(), { token, body: { tenant_id: owner.projectId } })).body.credential;
const sign = (secret: string, text: string) => createHmac('sha1', secret).update(text).digest('base64');
const exchange = (keys: { access: string; secret: string }, token = admin) => {
  const text = 'PUT\n/bucket/object';
  const credentials = {
    access: keys.access,
    signature: sign(keys.secret, text),
    token: Buffer.from(text).toString('base64'),
  };
  return api.post(`${V3}/s3tokens`, { token, body: { credentials } });
};

describe('a credential', () => {
  it('is kept sealed, shown to its owner and administrators, changed and deleted', async () => {
    const blob = '{"access": "a-key", "secret": "a-very-secret"}';
    const body = { credential: { type: 'ec2', blob, project_id: owner.projectId } };
    const made = await api.post(`${V3}/credentials`, { token: own, body });
    expect([made.status, made.body.credential.blob]).toEqual([201, blob]);
    const rows = await api.database
      .handle<{ identity_credential: { blob_sealed: string } }>()
      .selectFrom('identity_credential')
      .select('blob_sealed')
      .execute();
    expect(JSON.stringify(rows)).not.toContain('a-very-secret');
    const url = `${V3}/credentials/${made.body.credential.id}`;
    const change = { credential: { blob: '{"access": "b-key", "secret": "s"}' } };
    expect((await api.patch(url, { token: own, body: change })).status).toBe(200);
    expect((await api.get(url, { token: admin })).body.credential.blob).toContain('b-key');
    const stranger = await (await people.add(`stranger-${count}`)).login();
    expect((await api.get(url, { token: stranger })).status).toBe(404);
    expect((await api.delete(url, { token: stranger })).status).toBe(404);
    expect((await api.get(`${V3}/credentials`, { token: stranger })).body.credentials).toEqual([]);
    expect((await api.delete(url, { token: own })).status).toBe(204);
    expect((await api.get(url, { token: own })).status).toBe(404);
  });

  it('is listed by type and owner, and refused when it lacks what its type needs', async () => {
    const make = (credential: object) => api.post(`${V3}/credentials`, { token: own, body: { credential } });
    await make({ type: 'totp', blob: 'SEED' });
    await make({ type: 'cert', blob: 'PEM' });
    const listed = await api.get(`${V3}/credentials?type=totp&user_id=${owner.userId}`, { token: admin });
    expect(listed.body.credentials.map((one: { blob: string }) => one.blob)).toEqual(['SEED']);
    expect((await make({ type: 'ec2', blob: '{"access":"x","secret":"y"}' })).status).toBe(400);
    const project_id = owner.projectId;
    expect((await make({ type: 'ec2', blob: 'no JSON', project_id })).status).toBe(400);
    expect((await make({ type: 'ec2', blob: 'null', project_id })).status).toBe(400);
    expect((await make({ type: 'totp', blob: 'x', user_id: 'f'.repeat(32) })).status).toBe(403);
  });
});

describe('EC2 keys', () => {
  it('turn a signature into a token of their owner, for services alone', async () => {
    const keys = await makeKeys();
    expect(keys).toMatchObject({ user_id: owner.userId, tenant_id: owner.projectId, trust_id: null });
    const given = await exchange(keys);
    expect(given.status).toBe(200);
    expect(given.body.token).toMatchObject({
      methods: ['ec2credential'],
      user: { id: owner.userId },
      project: { id: owner.projectId },
    });
    const token = String(given.headers['x-subject-token']);
    expect((await api.get(`${V3}/auth/catalog`, { token })).status).toBe(200);
    expect((await exchange(keys, own)).status).toBe(403);
    expect((await exchange({ ...keys, secret: 'wrong' })).status).toBe(401);
    expect((await exchange({ access: 'unknown', secret: 'x' })).status).toBe(401);
  });

  it('sign requests of EC2, which must be fresh', async () => {
    const keys = await makeKeys();
    const ask = (Timestamp: string) => {
      const params = { SignatureVersion: '0', Action: 'Test', Timestamp };
      const signature = sign(keys.secret, `Test${Timestamp}`);
      const credentials = { access: keys.access, host: 'h', verb: 'GET', path: '/', params, signature };
      return api.post(`${V3}/ec2tokens`, { token: admin, body: { ec2Credentials: credentials } });
    };
    expect((await ask(new Date().toISOString())).status).toBe(200);
    expect((await ask('2001-01-01T00:00:00Z')).status).toBe(401);
    expect((await api.post(`${V3}/ec2tokens`, { token: admin, body: {} })).status).toBe(400);
  });

  it('are listed, shown and deleted, and work no more then', async () => {
    const keys = await makeKeys();
    expect((await api.get(ec2Url(), { token: own })).body.credentials).toHaveLength(1);
    const url = `${ec2Url()}/${keys.access}`;
    expect((await api.get(url, { token: own })).body.credential.secret).toBe(keys.secret);
    const stranger = await (await people.add(`thief-${count}`)).login();
    expect((await api.get(url, { token: stranger })).status).toBe(403);
    expect((await api.delete(url, { token: own })).status).toBe(204);
    expect((await exchange(keys)).status).toBe(401);
  });

  it('that a delegated token made act within that delegation, and end with it', async () => {
    const trustee = await people.add(`trustee-${count}`);
    const trust = await api.post(`${V3}/OS-TRUST/trusts`, {
      token: own,
      body: {
        trust: {
          trustor_user_id: owner.userId,
          trustee_user_id: trustee.userId,
          project_id: owner.projectId,
          impersonation: true,
          roles: [{ name: 'reader' }],
        },
      },
    });
    const { id } = trust.body.trust;
    const scope = { 'OS-TRUST:trust': { id } };
    const entered = await api.post(`${V3}/auth/tokens`, {
      body: passwordAuth(trustee.name, 'secret', scope),
    });
    const token = String(entered.headers['x-subject-token']);
    const keys = await makeKeys(token);
    expect(keys.trust_id).toBe(id);
    const { body } = await exchange(keys);
    expect(body.token.roles.map((role: { name: string }) => role.name)).toEqual(['reader']);
    const [{ id: credential }] = (await api.get(`${V3}/credentials`, { token: own })).body.credentials;
    const freed = { credential: { blob: JSON.stringify({ access: keys.access, secret: keys.secret }) } };
    expect((await api.patch(`${V3}/credentials/${credential}`, { token, body: freed })).status).toBe(400);
    await api.delete(`${V3}/OS-TRUST/trusts/${id}`, { token: own });
    expect((await exchange(keys)).status).toBe(401);
  });
});

describe('an access rule', () => {
  it('is made once, outlives its credential, and goes only when nothing has it', async () => {
    const access_rules = [{ service: 'compute', method: 'GET', path: '/v2.1/servers/*/ips' }];
    const url = `${V3}/users/${owner.userId}/application_credentials`;
    const make = async (name: string, rules: object = access_rules) =>
      api.post(url, { token: own, body: { application_credential: { name, access_rules: rules } } });
    const first = (await make('one')).body.application_credential;
    const second = (await make('two')).body.application_credential;
    expect(first.access_rules).toEqual(second.access_rules);
    const [{ id }] = first.access_rules;
    expect((await make('three', [{ id }])).body.application_credential.access_rules).toHaveLength(1);
    expect((await make('four', [{ id: 'f'.repeat(32) }])).status).toBe(404);
    const rules = `${V3}/users/${owner.userId}/access_rules`;
    expect((await api.get(rules, { token: own })).body.access_rules).toMatchObject(access_rules);
    expect((await api.delete(`${rules}/${id}`, { token: own })).status).toBe(403);
    for (const one of (await api.get(url, { token: own })).body.application_credentials)
      await api.delete(`${url}/${one.id}`, { token: own });
    expect((await api.get(`${rules}/${id}`, { token: own })).body.access_rule.id).toBe(id);
    expect((await api.delete(`${rules}/${id}`, { token: own })).status).toBe(204);
    expect((await api.get(rules, { token: own })).body.access_rules).toEqual([]);
  });
});
