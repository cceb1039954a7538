import { createPrivateKey, createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anAdmin } from '#test/support/api.ts';
import { colleague, serveSecrets, stranger, text, type SecretApi } from './support.ts';

let secrets: SecretApi;
beforeAll(async () => {
  secrets = await serveSecrets();
});
afterAll(() => secrets[Symbol.asyncDispose]());

const payload = async (ref: string) => (await secrets.call('GET', `${ref}/payload`)).text;
const partsOf = async (containerRef: string): Promise<Record<string, string>> => {
  const { body } = await secrets.call('GET', containerRef);
  const refs = body.secret_refs as { name: string; secret_ref: string }[];
  return Object.fromEntries(refs.map(({ name, secret_ref }) => [name, secret_ref]));
};

describe('an order of a key', () => {
  it('makes one, at random', async () => {
    const meta = {
      name: 'k',
      algorithm: 'AES',
      bit_length: 256,
      mode: 'cbc',
      payload_content_type: 'application/octet-stream',
    };
    const orders = [await secrets.order('key', meta), await secrets.order('key', meta)];
    for (const { body } of orders) {
      expect(body).toMatchObject({ type: 'key', status: 'ACTIVE', meta, creator_id: 'alice' });
      const secret = await secrets.call('GET', body.secret_ref);
      expect(secret.body).toMatchObject({
        name: 'k',
        secret_type: 'symmetric',
        algorithm: 'AES',
        bit_length: 256,
        creator_id: 'alice',
      });
    }
    const keys = await Promise.all(
      orders.map(async ({ body }) => {
        const headers = { 'accept-encoding': 'base64' };
        return (await secrets.call('GET', `${body.secret_ref}/payload`, { headers })).text;
      }),
    );
    expect(keys.map((key) => Buffer.from(key, 'base64').length)).toEqual([32, 32]);
    expect(keys[0]).not.toBe(keys[1]);
  });

  it.each([
    ['key', { bit_length: 256 }],
    ['key', { algorithm: 'aes' }],
    ['key', { algorithm: 'aes', bit_length: 255 }],
    ['key', { algorithm: 'rot13', bit_length: 128 }],
    ['key', { algorithm: '__proto__', bit_length: 128 }],
    ['key', { algorithm: 'aes', bit_length: 128, payload_content_type: 'text/plain' }],
    ['key', { algorithm: 'aes', bit_length: 128, expiration: '2001-01-01' }],
    ['asymmetric', { algorithm: 'aes', bit_length: 256 }],
    ['asymmetric', { algorithm: 'rsa', bit_length: 999 }],
    ['certificate', {}],
    ['certificate', { request_type: 'custom' }],
    ['certificate', { request_type: 'stored-key', subject_dn: 'CN=x' }],
    ['gossip', {}],
  ])('of type %s is refused as %j', async (type, meta) => {
    expect((await secrets.call('POST', '/orders', { body: { type, meta } })).status).toBe(400);
  });

  it('says why it failed', async () => {
    const [at, as] = ['/project-quotas/p1', anAdmin()];
    const { total } = (await secrets.call('GET', '/secrets?limit=0')).body;
    await secrets.call('PUT', at, { as, body: { project_quotas: { secrets: total } } });
    const { body } = await secrets.order('key', { algorithm: 'aes', bit_length: 128 });
    await secrets.call('DELETE', at, { as });
    expect(body).toMatchObject({ status: 'ERROR', error_status_code: '403' });
    expect(body.error_reason).toContain('Quota reached');
    expect(body).not.toHaveProperty('secret_ref');
  });

  it('is listed, shown and deleted; what it made stays; strangers do not find it', async () => {
    const { body } = await secrets.order('key', { algorithm: 'aes', bit_length: 128 });
    expect((await secrets.call('GET', '/orders?limit=100')).text).toContain(body.order_ref);
    expect((await secrets.call('GET', '/orders', { as: stranger })).body).toEqual({ orders: [], total: 0 });
    for (const method of ['GET', 'DELETE'])
      expect((await secrets.call(method, body.order_ref, { as: stranger })).status).toBe(404);
    expect((await secrets.call('GET', body.order_ref, { as: colleague })).status).toBe(200);
    expect((await secrets.call('DELETE', body.order_ref)).status).toBe(204);
    expect((await secrets.call('GET', body.order_ref)).status).toBe(404);
    expect((await secrets.call('GET', body.secret_ref)).status).toBe(200);
  });
});

describe('an order of a pair of keys', () => {
  it.each([
    ['rsa', 2048],
    ['ec', 384],
  ])('of %s makes both halves and a container', async (algorithm, bit_length) => {
    const { body } = await secrets.order('asymmetric', { name: 'pair', algorithm, bit_length });
    expect(body).toMatchObject({ type: 'asymmetric', status: 'ACTIVE' });
    const parts = await partsOf(body.container_ref);
    expect(Object.keys(parts).sort()).toEqual(['private_key', 'public_key']);
    const half = createPublicKey(createPrivateKey(await payload(parts['private_key'] ?? '')));
    expect(half.equals(createPublicKey(await payload(parts['public_key'] ?? '')))).toBe(true);
    expect(half.asymmetricKeyType).toBe(algorithm);
  });

  it('with a passphrase encrypts the private one, and shows the passphrase in no order', async () => {
    const { body, text: shown } = await secrets.order('asymmetric', {
      algorithm: 'rsa',
      bit_length: 2048,
      pass_phrase: 'open sesame',
    });
    expect(shown).not.toContain('sesame');
    const parts = await partsOf(body.container_ref);
    expect(await payload(parts['private_key_passphrase'] ?? '')).toBe('open sesame');
    const key = await payload(parts['private_key'] ?? '');
    expect(key).toContain('ENCRYPTED');
    expect(createPrivateKey({ key, passphrase: 'open sesame' }).asymmetricKeyType).toBe('rsa');
  });
});

describe('an order of a certificate', () => {
  const certificatesOf = async (containerRef: string) => {
    const parts = await partsOf(containerRef);
    const leaf = new X509Certificate(await payload(parts['certificate'] ?? ''));
    return { leaf, authority: new X509Certificate(await payload(parts['intermediates'] ?? '')), parts };
  };

  it("is signed for a stored key by the project's authority, the same each time", async () => {
    const pair = (await secrets.order('asymmetric', { algorithm: 'rsa', bit_length: 2048, pass_phrase: 'p' }))
      .body;
    const meta = {
      request_type: 'stored-key',
      container_ref: pair.container_ref,
      subject_dn: 'CN=web,O=Test',
    };
    const { body } = await secrets.order('certificate', meta);
    expect(body).toMatchObject({ type: 'certificate', status: 'ACTIVE' });
    const { leaf, authority, parts } = await certificatesOf(body.container_ref);
    expect(leaf.verify(authority.publicKey)).toBe(true);
    expect(leaf.subject).toBe('CN=web\nO=Test');
    const key = createPrivateKey({ key: await payload(parts['private_key'] ?? ''), passphrase: 'p' });
    expect(leaf.checkPrivateKey(key)).toBe(true);
    const again = await secrets.order('certificate', meta);
    expect((await certificatesOf(again.body.container_ref)).authority.fingerprint).toBe(
      authority.fingerprint,
    );
  });

  it.each([
    ['a signing request that is none', { request_type: 'simple-cmc', request_data: 'nonsense' }],
    [
      'a container that is not there',
      {
        request_type: 'stored-key',
        container_ref: '11111111-2222-4333-8444-555555555555',
        subject_dn: 'CN=x',
      },
    ],
    ['a reference that is none', { request_type: 'stored-key', container_ref: 'x', subject_dn: 'CN=x' }],
  ])('fails for %s, and says why', async (_, meta) => {
    const { body } = await secrets.order('certificate', meta);
    expect(body.status).toBe('ERROR');
    expect(body.error_status_code).toMatch(/^40[04]$/);
    expect(body.error_reason).not.toBe('');
  });

  it('fails for a key that may not be read by whoever ordered', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const secret_refs = [
      {
        name: 'private_key',
        secret_ref: await secrets.store(
          text(String(privateKey.export({ type: 'pkcs8', format: 'pem' }))),
          colleague,
        ),
      },
      {
        name: 'public_key',
        secret_ref: await secrets.store(
          text(String(publicKey.export({ type: 'spki', format: 'pem' }))),
          colleague,
        ),
      },
    ];
    const { body: container } = await secrets.call('POST', '/containers', {
      body: { type: 'rsa', secret_refs },
    });
    await secrets.call('PUT', `${secret_refs[0]?.secret_ref}/acl`, {
      as: colleague,
      body: { read: { 'project-access': false } },
    });
    const meta = { request_type: 'stored-key', container_ref: container.container_ref, subject_dn: 'CN=x' };
    expect((await secrets.order('certificate', meta)).body).toMatchObject({
      status: 'ERROR',
      error_status_code: '403',
    });
  });
});
