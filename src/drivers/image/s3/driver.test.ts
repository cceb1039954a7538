import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { S3Server } from '#test/support/s3-server.ts';
import { imageStoreContract } from '../contract.ts';
import { S3ImageStore } from './driver.ts';

const MIB = 2 ** 20;
const PREFIX = 'hydria/';

const storeAt = (server: S3Server, changes: object = {}) => {
  const { endpoint, region, bucket, accessKeyId, secretAccessKey } = server;
  const keys = { accessKeyId, secretAccessKey };
  return new S3ImageStore({ endpoint, region, bucket, ...keys, prefix: PREFIX, partBytes: MIB, ...changes });
};

imageStoreContract('S3', async () => {
  const server = await new S3Server().start();
  return {
    store: () => storeAt(server),
    holds: async () => [
      ...[...server.objects.keys()].map((key) => key.slice(PREFIX.length)),
      ...[...server.uploads.keys()].map((id) => `upload ${id}`),
    ],
    close: () => server[Symbol.asyncDispose](),
  };
});

describe('the S3 store', () => {
  let server: S3Server;
  let directory: string;
  let path: string;
  beforeEach(async () => {
    server = await new S3Server().start();
    directory = await mkdtemp(join(tmpdir(), 'hydria-s3-'));
    path = join(directory, 'image');
    await writeFile(path, Buffer.alloc(3 * MIB + 1, 'x'));
  });
  afterEach(async () => {
    await server[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });

  it('leaves the objects of others in the bucket alone', async () => {
    server.objects.set('other/thing', Buffer.from('x'));
    expect(await storeAt(server).list()).toEqual([]);
  });

  it('abandons an upload of which a part fails, and what a crash left of an earlier one', async () => {
    server.uploads.set('left by a crash', { key: `${PREFIX}a`, parts: new Map() });
    server.failure = {
      when: (_, query) => query.get('partNumber') === '3',
      answer: [507, '<Error><Code>XMinioStorageFull</Code></Error>'],
    };
    await expect(storeAt(server).put('a', path)).rejects.toMatchObject({ kind: 'too-large' });
    expect([server.uploads.size, server.objects.size]).toEqual([0, 0]);
  });

  it('says so when the parts cannot be put together, although the status is 200', async () => {
    server.failure = {
      when: (method, query) => method === 'POST' && query.has('uploadId'),
      answer: [200, '<Error><Code>InternalError</Code></Error>'],
    };
    await expect(storeAt(server).put('a', path)).rejects.toMatchObject({ kind: 'internal' });
    expect([server.uploads.size, server.objects.size]).toEqual([0, 0]);
  });

  it('tells a store that is away from one that refuses', async () => {
    const wrong = storeAt(server, { secretAccessKey: 'wrong' });
    await expect(wrong.list()).rejects.toMatchObject({ kind: 'internal', message: /SignatureDoesNotMatch/ });
    const away = storeAt(server, { endpoint: 'http://127.0.0.1:1' });
    await expect(away.open('a')).rejects.toMatchObject({ kind: 'unavailable' });
  });
});
