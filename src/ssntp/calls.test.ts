import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '#kernel/clock.ts';
import { CloudError, conflict } from '#kernel/errors.ts';
import { decodeMessage, encodeMessage, remoteError } from './call-message.ts';
import { MAX_MESSAGE } from './gob-decoder.ts';
import { WINDOW } from './inflow.ts';
import { Role } from './roles.ts';
import type { Session } from './session.ts';
import { Inbox, ManualClock, startClient, startServer, TestAuthority } from './testing.ts';

let control: Session;
let node: Session;
let close: () => Promise<void>;
const clock = new ManualClock();

beforeAll(async () => {
  const authority = await TestAuthority.create();
  const { server, port, inbox } = await startServer({
    tls: await authority.issue(Role.Server | Role.Scheduler),
    clock,
  });
  const started = startClient({ tls: await authority.issue(Role.Agent | Role.NetAgent), clock, port });
  [control, node] = await Promise.all([inbox.next(), started.inbox.next()]);
  close = async () => {
    await started.client.close();
    await server.close();
  };
});
afterAll(() => close());

/** Resolves when the handler's call is cancelled. */
const aborted = (signal: AbortSignal) => once(signal, 'abort').then(() => undefined);

describe('a request', () => {
  test('is answered, from either end', async () => {
    node.handle('double', async (body) => ({ twice: (body as number) * 2 }));
    control.handle('who', async () => 'control');
    expect(await control.request('double', 21)).toEqual({ twice: 42 });
    expect(await node.request('who', undefined)).toBe('control');
  });

  test('may be one of a thousand at a time, answered in any order', async () => {
    const gate = Promise.withResolvers<void>();
    node.handle('later', async (body) => {
      if (body === 999) gate.resolve();
      else await gate.promise;
      return body;
    });
    const numbers = Array.from({ length: 1000 }, (_, i) => i);
    expect(await Promise.all(numbers.map((n) => control.request('later', n)))).toEqual(numbers);
  });

  test('carries the error of the other end, but not what is for operators', async () => {
    node.handle('refuse', () =>
      Promise.reject(conflict('It is busy.', { code: 'busy', retryable: true, detail: 'secret' })),
    );
    const error = await control.request('refuse', {}).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CloudError);
    expect(error).toMatchObject({ kind: 'conflict', code: 'busy', message: 'It is busy.', retryable: true });
    expect((error as CloudError).detail).toBeUndefined();
  });

  test('hides the text of a bug', async () => {
    node.handle('bug', () => Promise.reject(new TypeError('secret')));
    const error = (await control.request('bug', {}).catch((thrown: unknown) => thrown)) as CloudError;
    expect(error.kind).toBe('internal');
    expect(error.message).not.toContain('secret');
  });

  test('for an unknown method is refused', async () => {
    await expect(control.request('nothing', {})).rejects.toMatchObject({ kind: 'not-implemented' });
    await expect(control.open('nothing', {})).rejects.toMatchObject({ kind: 'not-implemented' });
  });

  test('above the size of a frame is refused here, and an answer there', async () => {
    node.handle('huge', async () => 'x'.repeat(MAX_MESSAGE));
    await expect(control.request('double', 'x'.repeat(MAX_MESSAGE))).rejects.toMatchObject({
      kind: 'too-large',
    });
    await expect(control.request('huge', {})).rejects.toMatchObject({ kind: 'too-large' });
  });

  test('that is cancelled stops its handler', async () => {
    const stopped = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    node.handle('wait', async (_, signal) => {
      started.resolve();
      await aborted(signal);
      stopped.resolve();
    });
    const cancel = new AbortController();
    const asked = control.request('wait', {}, { signal: cancel.signal });
    await started.promise;
    cancel.abort();
    await expect(asked).rejects.toMatchObject({ code: 'cancelled', retryable: false });
    await stopped.promise;
  });

  test('whose time is over stops its handler', async () => {
    const stopped = Promise.withResolvers<void>();
    node.handle('slow', (_, signal) => aborted(signal).then(stopped.resolve));
    const asked = control.request('slow', {}, { timeout: 1234 });
    await clock.sleeping(1234);
    clock.advance(1234);
    await expect(asked).rejects.toMatchObject({ kind: 'unavailable', code: 'timeout', retryable: true });
    await stopped.promise;
  });
});

describe('a stream', () => {
  const read = async (stream: AsyncIterable<Uint8Array>) => Buffer.concat(await Array.fromAsync(stream));

  test('brings its head and its bytes', async () => {
    const bytes = randomBytes(3 * WINDOW + 17);
    node.handleStream('blob', async () => ({
      head: { size: bytes.length },
      stream: (async function* () {
        yield bytes;
      })(),
    }));
    const { head, stream } = await control.open('blob', {});
    expect(head).toEqual({ size: bytes.length });
    expect((await read(stream)).equals(bytes)).toBe(true);
  });

  test('may be empty', async () => {
    node.handleStream('empty', async () => ({ head: null, stream: (async function* () {})() }));
    expect((await read((await control.open('empty', {})).stream)).length).toBe(0);
  });

  test('of 20 MB waits for a slow reader, with no more than a window under way', async () => {
    const total = 20 << 20;
    let sent = 0;
    let taken = 0;
    let most = 0;
    node.handleStream('big', async () => ({
      head: {},
      stream: (async function* () {
        for (; sent < total; sent += 64 << 10) {
          most = Math.max(most, sent - taken);
          yield Buffer.alloc(64 << 10, sent >> 16);
        }
      })(),
    }));
    const { stream } = await control.open('big', {});
    for await (const chunk of stream) {
      taken += (chunk as Buffer).length;
      await nextTurn();
    }
    expect(taken).toBe(total);
    // The window, and the two ends' own buffers of 64 KiB and a chunk.
    expect(most).toBeLessThanOrEqual(WINDOW + (320 << 10));
  });

  test('stops at the window when nobody reads, and others go on', async () => {
    let made = 0;
    node.handleStream('endless', async () => ({
      head: {},
      stream: (async function* () {
        for (;;) {
          yield Buffer.alloc(16 << 10);
          made += 16 << 10;
        }
      })(),
    }));
    node.handle('double', async (body) => (body as number) * 2);
    const { stream } = await control.open('endless', {});
    for (let i = 0; i < 50; i++) await control.request('double', i);
    expect(made).toBeLessThanOrEqual(WINDOW + (128 << 10));
    stream.destroy();
    await once(stream, 'close');
  });

  test('that its reader leaves stops at its source', async () => {
    const stopped = Promise.withResolvers<void>();
    node.handleStream('follow', async (_, signal) => ({
      head: {},
      stream: (async function* () {
        yield Buffer.from('line\n');
        await aborted(signal).then(stopped.resolve);
      })(),
    }));
    const { stream } = await control.open('follow', {});
    for await (const line of stream) {
      expect(String(line)).toBe('line\n');
      break;
    }
    await stopped.promise;
  });

  test('that is aborted by its signal fails at the reader and stops at its source', async () => {
    const stopped = Promise.withResolvers<void>();
    node.handleStream('tail', async (_, signal) => ({
      head: {},
      stream: (async function* () {
        yield Buffer.from('line\n');
        await aborted(signal).then(stopped.resolve);
      })(),
    }));
    const cancel = new AbortController();
    const { stream } = await control.open('tail', {}, { signal: cancel.signal });
    const ended = read(stream);
    cancel.abort();
    await expect(ended).rejects.toThrow(/abort/);
    await stopped.promise;
  });

  test('that fails at its source fails at the reader', async () => {
    node.handleStream('break', async () => ({
      head: {},
      stream: (async function* () {
        yield Buffer.from('some');
        throw conflict('The disk went away.', { code: 'gone' });
      })(),
    }));
    const { stream } = await control.open('break', {});
    await expect(read(stream)).rejects.toMatchObject({ kind: 'conflict', code: 'gone' });
  });
});

test('the end of a session fails what is open, and stops what runs', async () => {
  const authority = await TestAuthority.create();
  const { server, port, inbox } = await startServer({
    tls: await authority.issue(Role.Server),
    roles: Role.Server,
    clock: systemClock,
  });
  const tls = await authority.issue(Role.Agent);
  const started = new Inbox<string>();
  const stopped = new Inbox<string>();
  const { client } = startClient({
    tls,
    port,
    roles: Role.Agent,
    clock: systemClock,
    onSession: (session) => {
      session.handle('wait', (_, signal) => {
        started.put('request');
        return aborted(signal).then(() => stopped.put('request'));
      });
      session.handleStream('wait', async (_, signal) => ({
        head: {},
        stream: (async function* () {
          yield Buffer.from('x');
          await aborted(signal).then(() => stopped.put('stream'));
        })(),
      }));
    },
  });
  const session = await inbox.next();
  const { stream } = await session.open('wait', {});
  const asked = session.request('wait', {});
  const failed = expect(asked).rejects.toMatchObject({ kind: 'unavailable' });
  const broken = expect(Array.fromAsync(stream)).rejects.toMatchObject({ kind: 'unavailable' });
  await started.next();
  await client.close();
  await Promise.all([failed, broken]);
  expect([await stopped.next(), await stopped.next()].sort()).toEqual(['request', 'stream']);
  await expect(session.request('wait', {})).rejects.toMatchObject({ kind: 'unavailable' });
  await server.close();
});

describe('a message', () => {
  test('survives the trip', () => {
    const head = { id: 7, method: 'm', body: { a: [1, null, 'é'] } };
    expect(decodeMessage(encodeMessage(head, Buffer.from([1, 2])))).toEqual({
      head,
      bytes: Buffer.from([1, 2]),
    });
  });

  test.each([
    ['cut short', Buffer.from([0, 0])],
    ['with a head beyond its end', Buffer.from([255, 255, 255, 255, 1])],
    ['that is not JSON', Buffer.from([0, 0, 0, 1, 123])],
    ['without a call', encodeMessage({} as never)],
    ['with negative credit', encodeMessage({ id: 1, credit: -5 })],
  ])('%s is refused', (_, payload) => {
    expect(() => decodeMessage(payload)).toThrow(expect.objectContaining({ kind: 'bad-request' }));
  });

  test('with an error of an unknown kind is an internal error', () => {
    const error = remoteError({ kind: 'constructor', code: 'c', message: 'm', retryable: true });
    expect(error).toMatchObject({ kind: 'internal', code: 'c', message: 'm', retryable: true });
  });
});
