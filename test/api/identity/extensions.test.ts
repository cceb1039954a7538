import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestApi } from '#test/support/api.ts';
import { People } from './people.ts';
import { serveIdentity } from './support.ts';

let api: TestApi;
let token: string;
let people: People;
const V3 = '/identity/v3';

beforeAll(async () => {
  ({ api, admin: token } = await serveIdentity());
  people = new People(api, token);
});
afterAll(() => api[Symbol.asyncDispose]());

describe('OAuth', () => {
  const escape = encodeURIComponent;
  const signed = (
    path: string,
    keys: { consumer: string; token?: string },
    fields: Record<string, string>,
  ) => {
    const parameters: Record<string, string> = {
      oauth_signature_method: 'HMAC-SHA1',
      oauth_timestamp: String(Math.floor(Date.now() / 1000)),
      oauth_nonce: 'n',
      ...fields,
    };
    const pairs = Object.entries(parameters).map(([name, value]) => `${escape(name)}=${escape(value)}`);
    const url = `http://cloud.test${V3}${path}`;
    const base = ['POST', url, pairs.toSorted().join('&')].map(escape).join('&');
    const key = `${escape(keys.consumer)}&${escape(keys.token ?? '')}`;
    parameters['oauth_signature'] = createHmac('sha1', key).update(base).digest('base64');
    const header = Object.entries(parameters).map(([name, value]) => `${name}="${escape(value)}"`);
    return { authorization: `OAuth ${header.join(', ')}` };
  };
  const formOf = (text: string) => Object.fromEntries(new URLSearchParams(text)) as Record<string, string>;

  it('lets a consumer act for a user who authorised it, until the user takes it back', async () => {
    const user = await people.add('author');
    const own = await user.login();
    const made = await api.post(`${V3}/OS-OAUTH1/consumers`, {
      token,
      body: { consumer: { description: 'x' } },
    });
    const { id: oauth_consumer_key, secret: consumer } = made.body.consumer;
    const shown = await api.get(`${V3}/OS-OAUTH1/consumers/${oauth_consumer_key}`, { token });
    expect(shown.body.consumer).not.toHaveProperty('secret');
    const ask = (secret: string) =>
      api.post(`${V3}/OS-OAUTH1/request_token`, {
        headers: {
          ...signed('/OS-OAUTH1/request_token', { consumer: secret }, { oauth_consumer_key }),
          'requested-project-id': user.projectId,
        },
      });
    expect((await ask('wrong')).status).toBe(401);
    const request = formOf((await ask(consumer)).text);
    const authorize = `${V3}/OS-OAUTH1/authorize/${request['oauth_token']}`;
    const greedy = await api.put(authorize, { token: own, body: { roles: [{ name: 'admin' }] } });
    expect(greedy.status).toBe(403);
    const allowed = await api.put(authorize, { token: own, body: { roles: [{ name: 'reader' }] } });
    expect(allowed.status).toBe(200);
    const { oauth_verifier } = allowed.body.token;
    const fetch = (verifier: string) =>
      api.post(`${V3}/OS-OAUTH1/access_token`, {
        headers: signed(
          '/OS-OAUTH1/access_token',
          { consumer, token: request['oauth_token_secret'] ?? '' },
          { oauth_consumer_key, oauth_token: request['oauth_token'] ?? '', oauth_verifier: verifier },
        ),
      });
    expect((await fetch('guess')).status).toBe(401);
    const answer = await fetch(oauth_verifier);
    expect(answer.status).toBe(201);
    expect((await fetch(oauth_verifier)).status).toBe(401);
    const access = formOf(answer.text);
    const given = await api.post(`${V3}/auth/tokens`, {
      body: { auth: { identity: { methods: ['oauth1'], oauth1: {} } } },
      headers: signed(
        '/auth/tokens',
        { consumer, token: access['oauth_token_secret'] ?? '' },
        { oauth_consumer_key, oauth_token: access['oauth_token'] ?? '' },
      ),
    });
    expect(given.status).toBe(201);
    expect(given.body.token).toMatchObject({
      user: { id: user.userId },
      project: { id: user.projectId },
      'OS-OAUTH1': { consumer_id: oauth_consumer_key },
    });
    expect(given.body.token.roles.map((role: { name: string }) => role.name)).toEqual(['reader']);
    const delegated = String(given.headers['x-subject-token']);
    const url = `${V3}/users/${user.userId}/OS-OAUTH1/access_tokens/${access['oauth_token']}`;
    expect((await api.get(`${url}/roles`, { token: own })).body.roles).toHaveLength(1);
    expect((await api.delete(url, { token: own })).status).toBe(204);
    expect((await api.get(`${V3}/auth/catalog`, { token: delegated })).status).toBe(401);
  });
});

describe('the endpoints of a project', () => {
  it('are all, or those that are linked to it, themselves or in groups', async () => {
    const { login, projectId } = await people.add('linked');
    const catalog = async () =>
      (await api.get(`${V3}/auth/catalog`, { token: await login() })).body.catalog.flatMap(
        ({ endpoints }: { endpoints: { id: string }[] }) => endpoints.map(({ id }) => id),
      );
    const all: string[] = await catalog();
    const link = `${V3}/OS-EP-FILTER/projects/${projectId}/endpoints/${all[0]}`;
    expect((await api.call('HEAD', link, { token })).status).toBe(404);
    expect((await api.put(link, { token })).status).toBe(204);
    expect(await catalog()).toEqual([all[0]]);
    const filters = { interface: 'internal' };
    const group = await people.make('OS-EP-FILTER/endpoint_groups', 'endpoint_group', { name: 'g', filters });
    const groupLink = `${V3}/OS-EP-FILTER/endpoint_groups/${group}/projects/${projectId}`;
    expect((await api.put(groupLink, { token })).status).toBe(204);
    expect((await catalog()).length).toBeGreaterThan(1);
    await api.delete(`${V3}/OS-EP-FILTER/endpoint_groups/${group}`, { token });
    expect((await api.delete(link, { token })).status).toBe(204);
    expect(await catalog()).toEqual(all);
  });
});

describe("a domain's configuration", () => {
  it('is kept and shown but for its secrets, which lie sealed', async () => {
    const domain = await people.make('domains', 'domain', { name: 'configured' });
    const url = `${V3}/domains/${domain}/config`;
    const config = { ldap: { url: 'ldap://x', password: 'a-bind-password' } };
    const put = await api.put(url, { token, body: { config } });
    expect([put.status, put.body.config]).toEqual([201, { ldap: { url: 'ldap://x' } }]);
    const tables = api.database.handle<{ identity_domain_option: { value_json: string } }>();
    const rows = await tables.selectFrom('identity_domain_option').select('value_json').execute();
    expect(JSON.stringify(rows)).not.toContain('a-bind-password');
    expect((await api.get(`${url}/identity`, { token })).status).toBe(404);
    expect((await api.get(`${url}/nonsense`, { token })).status).toBe(403);
    const other = { config: { identity: { driver: 'x' } } };
    expect((await api.patch(`${url}/ldap`, { token, body: other })).status).toBe(403);
    expect((await api.put(url, { token, body: { config: { ldap: { nonsense: 1 } } } })).status).toBe(403);
    const fallback = await api.get(`${V3}/domains/config/identity/driver/default`, { token });
    expect(fallback.body.config).toEqual({ driver: 'sql' });
    expect((await api.delete(url, { token })).status).toBe(204);
    expect((await api.get(url, { token })).status).toBe(404);
  });
});

describe('a policy document', () => {
  it('is for an endpoint by itself before its service', async () => {
    const [endpoint] = (await api.get(`${V3}/endpoints`, { token })).body.endpoints;
    const [wide, narrow] = [
      await people.make('policies', 'policy', { type: 't', blob: 'wide' }),
      await people.make('policies', 'policy', { type: 't', blob: 'narrow' }),
    ];
    const of = async () =>
      (await api.get(`${V3}/endpoints/${endpoint.id}/OS-ENDPOINT-POLICY/policy`, { token })).body.policy
        ?.blob;
    const put = (id: string, place: string) =>
      api.put(`${V3}/policies/${id}/OS-ENDPOINT-POLICY/${place}`, { token });
    expect(await of()).toBeUndefined();
    expect((await put(wide, `services/${endpoint.service_id}`)).status).toBe(204);
    expect(await of()).toBe('wide');
    await put(narrow, `endpoints/${endpoint.id}`);
    expect(await of()).toBe('narrow');
    await api.delete(`${V3}/policies/${narrow}`, { token });
    expect(await of()).toBe('wide');
    expect((await put(wide, 'endpoints/nowhere')).status).toBe(404);
  });
});
