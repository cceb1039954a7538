import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { systemClock } from '#kernel/clock.ts';
import { Database } from '#kernel/db/database.ts';
import { composeCloud } from '#src/compose.ts';
import { callsTo } from '#test/support/api.ts';
import { Secrecy } from '#test/support/secrecy.ts';
import { text } from './support.ts';

const PAYLOADS = [
  'words-of-the-first-secret',
  'words-given-in-a-second-step',
  'words-that-lock-a-key',
  'words-too-long-',
];

/** Everything that a directory holds, however deep. */
async function contentsOf(directory: string): Promise<Buffer> {
  const files = await readdir(directory, { recursive: true, withFileTypes: true });
  const read = files
    .filter((file) => file.isFile())
    .map((file) => readFile(join(file.parentPath, file.name)));
  return Buffer.concat(await Promise.all(read));
}

it('leaves no payload, passphrase or private key in the database, beside it or in a log', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'hydria-secrecy-'));
  const logged: Buffer[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _, done) {
      logged.push(Buffer.from(chunk));
      done();
    },
  });
  const database = Database.open({ kind: 'sqlite', path: join(directory, 'hydria.db') });
  const key = (byte: number) => Buffer.alloc(32, byte).toString('base64url');
  const cloud = composeCloud({
    config: { http: { host: '', port: 0, publicUrl: 'http://cloud.test' }, region: 'RegionOne' },
    secrets: { adminPassword: 'correct horse', tokenKeys: [key(1)], masterKeys: [key(2)] },
    database,
    directory,
    dashboard: join(directory, 'dashboard'),
    clock: systemClock,
    log: pino({ level: 'trace' }, sink),
  });
  try {
    await cloud.start();
    const call = callsTo(cloud.http, new Secrecy());
    const domain = { id: 'default' };
    const user = { name: 'admin', password: 'correct horse', domain };
    const auth = {
      identity: { methods: ['password'], password: { user } },
      scope: { project: { name: 'admin', domain } },
    };
    const signedIn = await call('POST', '/identity/v3/auth/tokens', { body: { auth } });
    const token = String(signedIn.headers['x-subject-token']);
    const send = (method: string, path: string, body?: object, headers = {}) =>
      call(method, path.replace('http://cloud.test', ''), { token, headers, ...(body && { body }) });
    const at = '/key-manager/v1';
    const [first = '', second = '', lock = '', long = ''] = PAYLOADS;

    const { secret_ref: one } = (await send('POST', `${at}/secrets`, text(first))).body;
    const { secret_ref: two } = (await send('POST', `${at}/secrets`, {})).body;
    await send('PUT', two, Buffer.from(second), { 'content-type': 'text/plain' });
    await send('PUT', two, Buffer.from(second), { 'content-type': 'text/plain' });
    await send('POST', `${at}/secrets`, text(long.repeat(2_000)));
    await send('POST', `${at}/secrets`, { payload: first, payload_content_type: 'no/type' });
    const meta = { algorithm: 'rsa', bit_length: 2048, pass_phrase: lock };
    const { order_ref: order } = (await send('POST', `${at}/orders`, { type: 'asymmetric', meta })).body;
    await cloud.tasks.idle();
    const pair = (await send('GET', order)).body.container_ref;
    const subject = { request_type: 'stored-key', container_ref: pair, subject_dn: 'CN=x' };
    const ordered = (await send('POST', `${at}/orders`, { type: 'certificate', meta: subject })).body;
    await cloud.tasks.idle();
    expect((await send('GET', ordered.order_ref)).body.status).toBe('ACTIVE');
    expect((await send('GET', `${one}/payload`)).text).toBe(first);
    expect((await send('GET', `${two}/payload`)).text).toBe(second);

    const kept = Buffer.concat([await contentsOf(directory), ...logged]);
    expect(kept.includes('asymmetric')).toBe(true);
    for (const words of [...PAYLOADS, 'PRIVATE KEY', key(2)]) {
      expect(kept.includes(words), words).toBe(false);
      expect(kept.includes(Buffer.from(words).toString('base64').slice(0, -4)), words).toBe(false);
    }
  } finally {
    await cloud.stop();
    await database.close();
    await rm(directory, { recursive: true });
  }
});
