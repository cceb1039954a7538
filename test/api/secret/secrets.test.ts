import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aCaller } from '#test/support/api.ts';
import { ManualClock } from '#test/support/manual-clock.ts';
import {
  binary,
  colleague,
  member,
  NEWEST,
  serveSecrets,
  stranger,
  text,
  type SecretApi,
} from './support.ts';

let secrets: SecretApi;
const clock = new ManualClock();
beforeAll(async () => {
  secrets = await serveSecrets(clock);
});
afterAll(() => secrets[Symbol.asyncDispose]());

const payload = (ref: string, accept?: string) =>
  secrets.call('GET', `${ref}/payload`, accept === undefined ? {} : { headers: { accept } });
const inOneHour = () => new Date(clock.now().getTime() + 3_600_000).toISOString().slice(0, -1);

describe('the versions', () => {
  it('are found without a token, in the form of Keystone, and with microversions where one asks with one', async () => {
    const plain = await secrets.api.get('/key-manager/');
    expect(plain.status).toBe(200);
    expect(plain.body.versions.values[0]).toMatchObject({ id: 'v1', status: 'stable' });
    expect(plain.body.versions.values[0].links[0].href).toBe('http://cloud.test/key-manager/v1/');
    const versioned = await secrets.api.get('/key-manager', { headers: NEWEST });
    expect(versioned.status).toBe(300);
    expect(versioned.body.versions[0]).toMatchObject({ id: 'v1', min_version: '1.0', max_version: '1.1' });
    expect((await secrets.api.get('/key-manager/v1/', { headers: NEWEST })).body.version.max_version).toBe(
      '1.1',
    );
  });

  it('are negotiated, and refused beyond what there is', async () => {
    const answer = await secrets.call('GET', '/secrets', { headers: NEWEST });
    expect(answer.headers['openstack-api-version']).toBe('key-manager 1.1');
    const beyond = { 'openstack-api-version': 'key-manager 1.9' };
    expect((await secrets.call('GET', '/secrets', { headers: beyond })).status).toBe(406);
  });
});

describe('a payload', () => {
  it.each([
    ['text', text('¡Muy secreto!'), Buffer.from('¡Muy secreto!'), 'text/plain'],
    [
      'bytes',
      binary(Buffer.from([0, 255, 10, 13, 128])),
      Buffer.from([0, 255, 10, 13, 128]),
      'application/octet-stream',
    ],
    [
      'a key',
      { ...binary(Buffer.from('key')), payload_content_type: 'application/pkcs8' },
      Buffer.from('key'),
      'application/pkcs8',
    ],
    [
      'a certificate',
      { ...binary(Buffer.from('c')), payload_content_type: 'application/pkix-cert' },
      Buffer.from('c'),
      'application/pkix-cert',
    ],
    [
      'text of a charset',
      { ...text('x'), payload_content_type: 'text/plain;charset=utf-8' },
      Buffer.from('x'),
      'text/plain',
    ],
  ])('that is %s comes back as it was', async (_, fields, bytes, type) => {
    const ref = await secrets.store(fields);
    const answer = await secrets.api.call('GET', `${new URL(ref).pathname}/payload`, {
      as: member,
      headers: { accept: type },
    });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toContain(type);
    expect(Buffer.from(answer.text)).toEqual(Buffer.from(bytes.toString()));
    expect((await secrets.call('GET', ref)).body.content_types).toEqual({ default: type });
  });

  it('comes in base64 for whoever takes that as an encoding', async () => {
    const bytes = randomBytes(99);
    const ref = await secrets.store(binary(bytes));
    const headers = { 'accept-encoding': 'base64' };
    const answer = await secrets.call('GET', `${ref}/payload`, { headers });
    expect(answer.headers['content-encoding']).toBe('base64');
    expect(Buffer.from(answer.text, 'base64')).toEqual(bytes);
  });

  it('comes from the secret itself where JSON is not taken', async () => {
    const ref = await secrets.store(text('old style'));
    const answer = await secrets.call('GET', ref, { headers: { accept: 'text/plain' } });
    expect(answer.text).toBe('old style');
    expect((await secrets.call('GET', ref, { headers: { accept: 'application/json' } })).body.status).toBe(
      'ACTIVE',
    );
  });

  it('may be given later, once', async () => {
    const ref = await secrets.store();
    expect((await payload(ref)).status).toBe(404);
    expect((await secrets.call('GET', ref)).body).not.toHaveProperty('content_types');
    const put = {
      body: Buffer.from('c2VjcmV0'),
      headers: { 'content-type': 'application/octet-stream', 'content-encoding': 'base64' },
    };
    expect((await secrets.call('PUT', ref, put)).status).toBe(204);
    expect((await payload(ref)).text).toBe('secret');
    expect((await secrets.call('PUT', ref, put)).status).toBe(409);
    const ready = await secrets.store(text('x'));
    expect((await secrets.call('PUT', ready, put)).status).toBe(409);
  });

  it('given later may be raw bytes or text, and is refused in other forms', async () => {
    const put = async (body: string, headers: Record<string, string>) =>
      (await secrets.call('PUT', await secrets.store(), { body: Buffer.from(body), headers })).status;
    expect(await put('raw', { 'content-type': 'application/octet-stream' })).toBe(204);
    expect(await put('raw', { 'content-type': 'text/plain' })).toBe(204);
    expect(await put('raw', { 'content-type': 'image/png' })).toBe(415);
    expect(await put('raw', { 'content-type': 'text/plain', 'content-encoding': 'gzip' })).toBe(400);
    expect(
      await put('***', { 'content-type': 'application/octet-stream', 'content-encoding': 'base64' }),
    ).toBe(400);
    expect(await put('', { 'content-type': 'text/plain' })).toBe(400);
    expect(await put('x'.repeat(20_001), { 'content-type': 'text/plain' })).toBe(413);
  });

  it('is given in another form where it has that, too', async () => {
    const words = await secrets.store(text('x'));
    for (const accept of ['text/*', '*/*', 'image/png, text/plain;q=0.5'])
      expect((await payload(words, accept)).headers['content-type']).toBe('text/plain');
    expect((await payload(words, 'application/octet-stream')).headers['content-type']).toBe(
      'application/octet-stream',
    );
    const bytes = await secrets.store(binary(Buffer.from('words, stored as bytes')));
    expect((await payload(bytes, 'text/plain')).text).toBe('words, stored as bytes');
  });

  it('is refused in a form that it does not have', async () => {
    const words = await secrets.store(text('x'));
    for (const accept of ['text/plain;q=0', 'image/*', 'application/json'])
      expect((await payload(words, accept)).status).toBe(406);
    const bytes = await secrets.store(binary(Buffer.of(255, 254)));
    expect((await payload(bytes, 'text/plain')).status).toBe(406);
  });
});

describe('a new secret', () => {
  it('shows what was said of it, at a reference of the host that the caller knows', async () => {
    const expiration = inOneHour();
    const ref = await secrets.store({
      name: 'aes',
      algorithm: 'aes',
      bit_length: 256,
      mode: 'cbc',
      secret_type: 'symmetric',
      expiration,
    });
    expect(ref).toMatch(/^http:\/\/cloud\.test\/key-manager\/v1\/secrets\/[0-9a-f-]{36}$/);
    const { body } = await secrets.call('GET', ref);
    expect(body).toMatchObject({
      secret_ref: ref,
      name: 'aes',
      algorithm: 'aes',
      bit_length: 256,
      mode: 'cbc',
      secret_type: 'symmetric',
      status: 'ACTIVE',
      creator_id: 'alice',
      expiration: `${expiration}000`,
    });
    expect(body.created).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/);
    expect(body).not.toHaveProperty('consumers');
  });

  it.each([
    ['a payload without its type', { payload: 'x' }],
    ['a type without a payload', { payload_content_type: 'text/plain' }],
    ['an empty payload', text('')],
    ['a type that is none', { ...text('x'), payload_content_type: 'image/png' }],
    ['text in base64', { ...text('x'), payload_content_encoding: 'base64' }],
    ['bytes without an encoding', { payload: 'x', payload_content_type: 'application/octet-stream' }],
    ['an encoding that is none', { ...binary(Buffer.of(1)), payload_content_encoding: 'hex' }],
    ['base64 that is none', { ...binary(Buffer.of(1)), payload: 'a*b=' }],
    ['a past expiration', { expiration: '2001-01-01T00:00:00' }],
    ['an expiration that is none', { expiration: 'tomorrow' }],
    ['a kind that is none', { secret_type: 'gossip' }],
    ['a length that is none', { bit_length: 'long' }],
    ['a name that is none', { name: 7 }],
  ])('is refused with %s', async (_, fields) => {
    expect((await secrets.call('POST', '/secrets', { body: fields })).status).toBe(400);
  });

  it('is refused when it is too large', async () => {
    for (const length of [20_001, 30_000]) {
      const answer = await secrets.call('POST', '/secrets', { body: text('x'.repeat(length)) });
      expect(answer.status).toBe(413);
      expect(answer.body).toMatchObject({ code: 413, title: 'Request Entity Too Large' });
    }
    expect((await secrets.call('POST', '/secrets', { body: text('x'.repeat(20_000)) })).status).toBe(201);
  });

  it('is gone when it has expired', async () => {
    const ref = await secrets.store({ ...text('short-lived'), expiration: inOneHour() });
    expect((await payload(ref)).text).toBe('short-lived');
    clock.advance(3_600_001);
    for (const answer of [
      await payload(ref),
      await secrets.call('GET', ref),
      await secrets.call('DELETE', ref),
    ])
      expect(answer.status).toBe(404);
    expect((await secrets.call('GET', '/secrets?limit=100')).text).not.toContain(ref);
  });

  it('is deleted with all that hangs on it', async () => {
    const ref = await secrets.store(text('x'));
    expect((await secrets.call('DELETE', ref)).status).toBe(204);
    expect((await secrets.call('DELETE', ref)).status).toBe(404);
    expect((await payload(ref)).status).toBe(404);
  });
});

describe('whoever may see secrets', () => {
  const as = (role: string) => aCaller('p1', [role], `a-${role}`);

  it('reads what the project has, as the roles of Barbican say', async () => {
    const ref = await secrets.store(text('for us'));
    const status = async (role: string, path: string) =>
      (await secrets.call('GET', path, { as: as(role) })).status;
    for (const role of ['creator', 'observer', 'admin', 'member'])
      expect([role, await status(role, ref), await status(role, `${ref}/payload`)]).toEqual([role, 200, 200]);
    expect([await status('audit', ref), await status('audit', `${ref}/payload`)]).toEqual([200, 403]);
    expect([await status('reader', ref), await status('reader', `${ref}/payload`)]).toEqual([403, 403]);
    expect([await status('reader', '/secrets'), await status('audit', '/secrets')]).toEqual([403, 403]);
  });

  it('writes as a creator or member alone', async () => {
    const make = async (role: string) =>
      (await secrets.call('POST', '/secrets', { as: as(role), body: {} })).status;
    expect(await Promise.all(['creator', 'member', 'admin'].map(make))).toEqual([201, 201, 201]);
    expect(await Promise.all(['observer', 'audit', 'reader'].map(make))).toEqual([403, 403, 403]);
    const ref = await secrets.store(text('x'));
    expect((await secrets.call('DELETE', ref, { as: as('observer') })).status).toBe(403);
  });

  it('is of the project: strangers get 403, as upstream, whatever role they have', async () => {
    const ref = await secrets.store(text('not for you'));
    const put = { body: Buffer.from('x'), headers: { 'content-type': 'text/plain' } };
    for (const other of [stranger, aCaller('p2', ['admin'], 'boss')]) {
      for (const [method, path] of [
        ['GET', ref],
        ['GET', `${ref}/payload`],
        ['DELETE', ref],
        ['GET', `${ref}/acl`],
        ['GET', `${ref}/metadata`],
      ] as const)
        expect((await secrets.call(method, path, { as: other })).status).toBe(403);
      expect((await secrets.call('PUT', ref, { as: other, ...put })).status).toBe(403);
      expect((await secrets.call('GET', '/secrets', { as: other })).body.total).toBe(0);
    }
  });
});

describe('a list', () => {
  let listed: SecretApi;
  beforeAll(async () => {
    listed = await serveSecrets();
    for (let i = 0; i < 15; i++)
      await listed.store({
        name: `s${String(i).padStart(2, '0')}`,
        algorithm: i % 2 ? 'aes' : 'rsa',
        bit_length: 128 + i,
        mode: i > 9 ? 'cbc' : null,
        secret_type: i === 3 ? 'passphrase' : 'opaque',
      });
  });
  afterAll(() => listed[Symbol.asyncDispose]());
  const list = async (query: string) => (await listed.call('GET', `/secrets?${query}`)).body;
  const names = async (query: string) =>
    (await list(query)).secrets.map(({ name }: { name: string }) => name);

  it('has ten at once, with links to the pages beside', async () => {
    const first = await list('');
    expect([first.secrets.length, first.total, first.previous]).toEqual([10, 15, undefined]);
    expect(first.next).toBe('http://cloud.test/key-manager/v1/secrets?limit=10&offset=10');
    const second = (await listed.call('GET', first.next)).body;
    expect([second.secrets.length, second.next]).toEqual([5, undefined]);
    expect(second.previous).toBe('http://cloud.test/key-manager/v1/secrets?limit=10&offset=0');
    expect(await list('limit=0')).toEqual({ secrets: [], total: 15 });
    expect((await list('limit=1000')).secrets).toHaveLength(15);
    expect(await list('offset=99')).toMatchObject({ secrets: [], total: 15 });
  });

  it('is filtered by what is known of a secret', async () => {
    expect(await names('name=s03')).toEqual(['s03']);
    expect(await names('secret_type=passphrase')).toEqual(['s03']);
    expect((await list('alg=aes')).total).toBe(7);
    expect(await names('bits=130')).toEqual(['s02']);
    expect((await list('bits=0')).total).toBe(15);
    expect((await list('mode=cbc')).total).toBe(5);
    expect((await list('created=gt:2020-01-01T00:00:00,lt:2999-01-01')).total).toBe(15);
    expect((await list('created=lte:2020-01-01')).total).toBe(0);
    expect((await list('expiration=gte:2020-01-01')).total).toBe(0);
    expect((await list('alg=aes&limit=3')).next).toContain('alg=aes&limit=3&offset=3');
  });

  it('is sorted as asked', async () => {
    expect((await names('sort=name:desc&limit=2')).toString()).toBe('s14,s13');
    expect((await names('sort=mode,name:desc&limit=2')).toString()).toBe('s09,s08');
  });

  it.each([
    'limit=x',
    'offset=-1',
    'sort=payload',
    'sort=name:up',
    'sort=a:b:c',
    'created=gt:soon',
    'created=ne:2020-01-01',
  ])('is refused with %s', async (query) => {
    expect((await listed.call('GET', `/secrets?${query}`)).status).toBe(400);
  });

  it('does not show what its creator keeps private', async () => {
    const ref = await listed.store({ name: 'private' });
    await listed.call('PUT', `${ref}/acl`, { body: { read: { 'project-access': false } } });
    const seen = async (as: typeof member) =>
      (await listed.call('GET', '/secrets?name=private', { as })).body.total;
    expect([await seen(member), await seen(colleague)]).toEqual([1, 0]);
  });
});
