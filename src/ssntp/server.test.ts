import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '#kernel/clock.ts';
import { connectedFrame, frame, FrameType } from './frames.ts';
import { GobDecoder } from './gob-decoder.ts';
import type { GobRecord } from './gob-types.ts';
import { Command, ErrorOperand, Event, Status } from './operands.ts';
import { configure } from './payloads.ts';
import type { TlsIdentity } from './pki.ts';
import { Role } from './roles.ts';
import type { IncomingFrame } from './session.ts';
import {
  Inbox,
  ManualClock,
  NODE_UUID,
  SERVER_UUID,
  startClient,
  startServer,
  TestAuthority,
  type TestClientDeps,
  type TestServerDeps,
} from './testing.ts';

const fixture = new URL('../../test/fixtures/ssntp/ciao-last-release.json', import.meta.url);
const golden = JSON.parse(readFileSync(fixture, 'utf8')) as {
  streams: { stream: string; frames: { name: string; bytes: string }[] }[];
};
const bytesOf = (stream: string): Buffer[] =>
  golden.streams
    .find((each) => each.stream === stream)
    ?.frames.map(({ bytes }) => Buffer.from(bytes, 'hex')) ?? [];

let authority: TestAuthority;
let serverTls: TlsIdentity;
let nodeTls: TlsIdentity;
beforeAll(async () => {
  authority = await TestAuthority.create();
  serverTls = await authority.issue(Role.Server | Role.Scheduler);
  nodeTls = await authority.issue(Role.Agent | Role.NetAgent);
});

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function server(deps: Partial<TestServerDeps> = {}, port = 0) {
  const started = await startServer({ tls: serverTls, clock: systemClock, ...deps }, port);
  cleanups.push(() => started.server.close());
  return started;
}

function client(deps: Partial<TestClientDeps> & { port: number }) {
  const started = startClient({ tls: nodeTls, clock: systemClock, ...deps });
  cleanups.push(() => started.client.close());
  return started;
}

/** A peer that is only TLS and gob. */
async function plainPeer(
  port: number,
  tls = nodeTls,
): Promise<{ socket: TLSSocket; records: AsyncGenerator<GobRecord> }> {
  const socket = connect({ ...tls, host: '127.0.0.1', port });
  cleanups.push(() => socket.destroy());
  await once(socket, 'secureConnect');
  return { socket, records: recordsOf(socket) };
}

async function* recordsOf(socket: TLSSocket): AsyncGenerator<GobRecord> {
  const decoder = new GobDecoder();
  for await (const chunk of socket) yield* decoder.push(chunk as Buffer);
}

const nextFrame = async (records: AsyncGenerator<GobRecord>) =>
  frame((await records.next()).value as GobRecord);

describe('a handshake', () => {
  test('tells each end who the other is, and agrees on the extension', async () => {
    const { server: listening, port, inbox } = await server();
    const node = client({ port });
    const [ofServer, ofNode] = await Promise.all([inbox.next(), node.inbox.next()]);
    expect(ofServer.peer).toEqual({ uuid: NODE_UUID, roles: Role.Agent | Role.NetAgent });
    expect(ofNode.peer).toEqual({ uuid: SERVER_UUID, roles: Role.Server | Role.Scheduler });
    await Promise.all([ofServer.extended(), ofNode.extended()]);
    expect([...listening.sessions.keys()]).toEqual([NODE_UUID]);
  });

  test('carries frames both ways, in order', async () => {
    const { port, inbox } = await server();
    const node = client({ port });
    const [ofServer, ofNode] = await Promise.all([inbox.next(), node.inbox.next()]);
    const received = new Inbox<IncomingFrame>();
    ofServer.onFrame(received.put);
    for (const operand of [Status.READY, Status.FULL, Status.MAINTENANCE])
      ofNode.send({ type: FrameType.Status, operand, payload: Buffer.from('a: 1\n') });
    expect((await received.next()).operand).toBe(Status.READY);
    expect(await received.next()).toMatchObject({ operand: Status.FULL, origin: NODE_UUID });
    expect(Buffer.from((await received.next()).payload).toString()).toBe('a: 1\n');
  });

  test('works with RSA certificates, as Ciao makes them', async () => {
    const { port, inbox } = await server({
      tls: await authority.issue(Role.Scheduler, { algorithm: 'rsa-2048' }),
      roles: Role.Scheduler,
    });
    client({ port, tls: await authority.issue(Role.Agent, { algorithm: 'rsa-2048' }), roles: Role.Agent });
    expect((await inbox.next()).peer.roles).toBe(Role.Agent);
  });

  test('refuses a role beyond the certificate', async () => {
    const { server: listening, port } = await server();
    const node = client({ port, roles: Role.Controller });
    expect((await node.downs.next()).message).toContain('ConnectionAborted');
    expect(listening.sessions.size).toBe(0);
  });

  test('refuses a certificate of another authority', async () => {
    const other = await TestAuthority.create();
    const { server: listening, port } = await server();
    const tls = { ...(await other.issue(Role.Agent | Role.NetAgent)), ca: serverTls.ca };
    const node = client({ port, tls });
    expect(await node.downs.next()).toMatchObject({ kind: 'unavailable' });
    expect(listening.sessions.size).toBe(0);
  });

  test('refuses a server of another authority', async () => {
    const other = await TestAuthority.create();
    const { port } = await server({ tls: await other.issue(Role.Server) });
    expect((await client({ port }).downs.next()).message).toMatch(/cannot be reached/);
  });

  test('refuses a server whose certificate makes it none', async () => {
    const { port } = await server({ tls: await authority.issue(Role.Agent) });
    expect((await client({ port }).downs.next()).message).toMatch(/not an SSNTP server/);
  });

  test('refuses a server under another name', async () => {
    const { port } = await server({ tls: await authority.issue(Role.Server, { ips: ['192.0.2.1'] }) });
    expect((await client({ port }).downs.next()).message).toMatch(/cannot be reached/);
  });

  test.each([
    ['a frame that is not CONNECT', bytesOf('client to server').slice(1, 2)],
    ['what is not gob', [Buffer.from('GET / HTTP/1.1\r\n'.repeat(20))]],
  ])('answers %s with ConnectionFailure', async (_, first) => {
    const { port } = await server();
    const { socket, records } = await plainPeer(port);
    socket.write(Buffer.concat(first));
    const error = await nextFrame(records);
    expect(error).toMatchObject({ type: FrameType.Error, operand: ErrorOperand.ConnectionFailure });
    expect((await records.next()).done).toBe(true);
  });

  test('gives up a peer that says nothing', async () => {
    const clock = new ManualClock();
    const { port } = await server({ clock });
    const { records } = await plainPeer(port);
    await clock.sleeping(30_000);
    clock.advance(30_000);
    expect(await records.next().catch(() => 'reset')).toSatisfy(
      (end) => end === 'reset' || end.done === true,
    );
  });
});

describe('a plain Ciao agent', () => {
  test('joins with its own bytes, and its frames arrive', async () => {
    const { port, inbox } = await server({ configure: () => ({ storage: { ceph_id: 'admin' } }) });
    const { socket, records } = await plainPeer(port);
    socket.write(Buffer.concat(bytesOf('client to server')));
    const session = await inbox.next();
    const received = new Inbox<IncomingFrame>();
    session.onFrame(received.put);
    const connected = connectedFrame((await records.next()).value as GobRecord);
    expect(connected).toMatchObject({
      type: FrameType.Status,
      operand: Status.CONNECTED,
      source: SERVER_UUID,
    });
    expect(configure.decode(connected.payload)).toMatchObject({
      configure: { storage: { ceph_id: 'admin' } },
    });
    expect(session.peer).toEqual({ uuid: NODE_UUID, roles: Role.Agent });
    for (const operand of [Status.READY, Status.READY, Command.STATS, Status.FULL, ErrorOperand.StartFailure])
      expect((await received.next()).operand).toBe(operand);
    expect(await received.next()).toMatchObject({ type: FrameType.Event, operand: Event.InstanceDeleted });
  });

  test('gets commands, but never a frame of the extension', async () => {
    const clock = new ManualClock();
    const { port, inbox } = await server({ clock });
    const { socket, records } = await plainPeer(port);
    socket.write(bytesOf('client to server')[0] as Buffer);
    const session = await inbox.next();
    const asked = session.request('anything', {}, { timeout: 60_000 });
    await clock.sleeping(60_000);
    session.send({ type: FrameType.Command, operand: Command.EVACUATE });
    await records.next();
    expect(await nextFrame(records)).toMatchObject({ operand: Command.EVACUATE, origin: SERVER_UUID });
    clock.advance(60_000);
    await expect(asked).rejects.toMatchObject({ kind: 'unavailable', code: 'timeout' });
    session.send({ type: FrameType.Command, operand: Command.Restore });
    expect(await nextFrame(records)).toMatchObject({ operand: Command.Restore });
  });

  test('is told when a frame has no known type', async () => {
    const { port, inbox } = await server();
    const { socket, records } = await plainPeer(port);
    const [first, second] = bytesOf('client to server') as [Buffer, Buffer];
    const strange = Buffer.from(second);
    strange[strange.length - 22] = 9; // the frame's type
    socket.write(Buffer.concat([first, strange]));
    await inbox.next();
    await records.next();
    expect(await nextFrame(records)).toMatchObject({
      type: FrameType.Error,
      operand: ErrorOperand.InvalidFrameType,
    });
  });
});

test('a node works with a plain Ciao scheduler, and knows that it has no calls', async () => {
  const [connected = Buffer.alloc(0), ...rest] = bytesOf('server to client');
  const tls = await authority.issue(Role.Scheduler);
  const scheduler = createServer({ ...tls, requestCert: true, rejectUnauthorized: true }, (socket) => {
    socket.once('data', () => socket.write(Buffer.concat([connected, ...rest])));
    socket.on('error', () => {});
  }).listen(0, '127.0.0.1');
  await once(scheduler, 'listening');
  cleanups.push(() => scheduler.close());
  const received = new Inbox<IncomingFrame>();
  const port = (scheduler.address() as { port: number }).port;
  const node = client({
    port,
    onSession: (session) => (session.onFrame(received.put), node.inbox.put(session)),
  });
  const session = await node.inbox.next();
  await expect(session.extended()).rejects.toThrow(/plain SSNTP/);
  expect(await received.next()).toMatchObject({ type: FrameType.Command, operand: Command.START });
  expect(await received.next()).toMatchObject({ type: FrameType.Event, operand: Event.NodeConnected });
});

describe('a lost connection', () => {
  test('is made again when the server is back', async () => {
    const first = await server();
    const node = client({ port: first.port });
    const before = await node.inbox.next();
    await first.server.close();
    expect(await before.closed).toMatchObject({ kind: 'unavailable' });
    const second = await server({}, first.port);
    const again = await node.inbox.next();
    await again.extended();
    expect([...second.server.sessions.keys()]).toEqual([NODE_UUID]);
  });

  test('is tried for ever, less and less often, at random', async () => {
    const { server: gone, port } = await server();
    await gone.close();
    cleanups.pop();
    const clock = new ManualClock();
    client({ port, clock, random: () => 0.5 });
    for (const pause of [37.5, 75, 150, 300, 600, 1200, 2400, 3750, 3750]) {
      await clock.sleeping(pause);
      clock.advance(pause);
    }
  });

  test('of a peer that fell silent is noticed after three missed pings', async () => {
    const clock = new ManualClock();
    const { port, inbox } = await server();
    const node = client({ port, clock });
    const session = await node.inbox.next();
    const ofServer = await inbox.next();
    await Promise.all([session.extended(), ofServer.extended()]);
    const silence = clock.now().getTime();
    const noticed = session.closed.then((reason) => ({ reason, after: clock.now().getTime() - silence }));
    for (let i = 0; i < 4; i++) {
      await Promise.race([clock.sleeping(4_000), noticed]);
      clock.advance(4_000);
    }
    const { reason, after } = await noticed;
    expect(reason?.message).toMatch(/silent/);
    expect(after).toBeLessThanOrEqual(16_000);
  });

  test('is replaced by the next of the same UUID', async () => {
    const { server: listening, port, inbox } = await server();
    client({ port, clock: new ManualClock() });
    const first = await inbox.next();
    client({ port, clock: new ManualClock() });
    const second = await inbox.next();
    expect((await first.closed)?.message).toMatch(/connected again/);
    expect(listening.sessions.get(NODE_UUID)).toBe(second);
  });
});

test('what is not gob ends the session, and not the process', async () => {
  const { port, inbox } = await server();
  const { socket } = await plainPeer(port);
  socket.write(bytesOf('client to server')[0] as Buffer);
  const session = await inbox.next();
  socket.write(Buffer.alloc(300, 0xff));
  expect(await session.closed).toMatchObject({ kind: 'bad-request', code: 'malformed-frame' });
});

test('a handler that fails costs its frame alone', async () => {
  const { port, inbox } = await server();
  const node = client({ port });
  const [ofServer, ofNode] = await Promise.all([inbox.next(), node.inbox.next()]);
  const received = new Inbox<IncomingFrame>();
  ofServer.onFrame((incoming) => {
    if (incoming.operand === Status.FULL) throw new Error('bad payload');
    received.put(incoming);
  });
  ofNode.send({ type: FrameType.Status, operand: Status.FULL });
  ofNode.send({ type: FrameType.Status, operand: Status.READY });
  expect((await received.next()).operand).toBe(Status.READY);
});
