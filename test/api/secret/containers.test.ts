import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveSecrets, stranger, text, type SecretApi } from './support.ts';

let secrets: SecretApi;
beforeAll(async () => {
  secrets = await serveSecrets();
});
afterAll(() => secrets[Symbol.asyncDispose]());

const create = (body: object) => secrets.call('POST', '/containers', { body });
const named = async (...names: string[]) =>
  Promise.all(
    names.map(async (name) => ({ name, secret_ref: await secrets.store(text(`what ${name} stands for`)) })),
  );

describe('a container', () => {
  it('holds secrets under names', async () => {
    const secret_refs = await named('public_key', 'private_key', 'private_key_passphrase');
    const made = await create({ name: 'mine', type: 'rsa', secret_refs });
    expect([made.status, made.headers['location']]).toEqual([201, made.body.container_ref]);
    const { body } = await secrets.call('GET', made.body.container_ref);
    expect(body).toMatchObject({
      name: 'mine',
      type: 'rsa',
      status: 'ACTIVE',
      creator_id: 'alice',
      secret_refs,
      consumers: [],
    });
    const list = await secrets.call('GET', '/containers?type=rsa&name=mine');
    expect(list.body).toMatchObject({ total: 1, containers: [body] });
    expect((await secrets.call('DELETE', made.body.container_ref)).status).toBe(204);
    expect((await secrets.call('GET', made.body.container_ref)).status).toBe(404);
    expect((await secrets.call('GET', secret_refs[0]?.secret_ref ?? '')).status).toBe(200);
  });

  it('takes references of any host, and a bare id', async () => {
    const ref = await secrets.store();
    const id = ref.split('/').at(-1) ?? '';
    for (const secret_ref of [`https://elsewhere:9311/v1/secrets/${id}`, `${ref}/`, id]) {
      const made = await create({ type: 'generic', secret_refs: [{ name: 'x', secret_ref }] });
      expect((await secrets.call('GET', made.body.container_ref)).body.secret_refs[0].secret_ref).toBe(ref);
    }
  });

  it.each([
    ['a kind that is none', 'bag', []],
    ['a certificate lacks its certificate', 'certificate', ['private_key']],
    ['a pair of keys lacks one', 'rsa', ['public_key']],
    ['a name does not belong there', 'rsa', ['public_key', 'private_key', 'certificate']],
    ['a passphrase has no key', 'certificate', ['certificate', 'private_key_passphrase']],
    ['a name is there twice', 'generic', ['a', 'a']],
  ])('is refused when %s', async (_, type, names) => {
    expect((await create({ type, secret_refs: await named(...names) })).status).toBe(400);
  });

  it('is refused with a secret twice, one that is none, and one of a stranger', async () => {
    const secret_ref = await secrets.store();
    const twice = [
      { name: 'a', secret_ref },
      { name: 'b', secret_ref },
    ];
    expect((await create({ type: 'generic', secret_refs: twice })).status).toBe(400);
    expect((await create({ type: 'generic', secret_refs: [{ name: 'a', secret_ref: 'x' }] })).status).toBe(
      400,
    );
    const foreign = await secrets.store({}, stranger);
    for (const ref of [foreign, '11111111-2222-4333-8444-555555555555'])
      expect((await create({ type: 'generic', secret_refs: [{ name: 'a', secret_ref: ref }] })).status).toBe(
        404,
      );
  });

  it('gets and loses secrets while it is generic', async () => {
    const { container_ref: ref } = (await create({ type: 'generic' })).body;
    const [one, other] = await named('one', 'other');
    expect((await secrets.call('POST', `${ref}/secrets`, { body: one })).status).toBe(201);
    expect((await secrets.call('POST', `${ref}/secrets`, { body: one })).status).toBe(409);
    expect(
      (await secrets.call('POST', `${ref}/secrets`, { body: { secret_ref: other?.secret_ref } })).status,
    ).toBe(201);
    expect((await secrets.call('GET', ref)).body.secret_refs).toEqual([
      one,
      { secret_ref: other?.secret_ref },
    ]);
    expect((await secrets.call('DELETE', `${ref}/secrets`, { body: one })).status).toBe(204);
    expect((await secrets.call('DELETE', `${ref}/secrets`, { body: one })).status).toBe(404);
    await secrets.call('DELETE', other?.secret_ref ?? '');
    expect((await secrets.call('GET', ref)).body.secret_refs).toEqual([]);
    const pair = (await create({ type: 'rsa', secret_refs: await named('public_key', 'private_key') })).body;
    expect((await secrets.call('POST', `${pair.container_ref}/secrets`, { body: one })).status).toBe(400);
  });

  it('names what uses it', async () => {
    const { container_ref: ref } = (await create({ type: 'generic' })).body;
    const consumer = { name: 'lb', URL: 'https://lb.test/1' };
    const added = await secrets.call('POST', `${ref}/consumers`, { body: consumer });
    expect([added.status, added.body.container_ref, added.body.consumers]).toEqual([200, ref, [consumer]]);
    expect((await secrets.call('GET', `${ref}/consumers`)).body).toMatchObject({
      total: 1,
      consumers: [consumer],
    });
    expect((await secrets.call('DELETE', `${ref}/consumers`, { body: consumer })).body.consumers).toEqual([]);
    expect((await secrets.call('DELETE', `${ref}/consumers`, { body: consumer })).status).toBe(404);
    expect((await secrets.call('POST', `${ref}/consumers`, { body: { name: 'x' } })).status).toBe(400);
  });

  it('is not for strangers', async () => {
    const { container_ref: ref } = (await create({ type: 'generic' })).body;
    for (const [method, path] of [
      ['GET', ref],
      ['DELETE', ref],
      ['GET', `${ref}/consumers`],
      ['GET', `${ref}/acl`],
    ])
      expect((await secrets.call(method, path, { as: stranger })).status).toBe(403);
    expect((await secrets.call('GET', '/containers', { as: stranger })).body.total).toBe(0);
  });
});
