import { once } from 'node:events';
import { connect as dial } from 'node:net';
import { PassThrough, type Readable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { notFound } from '#kernel/errors.ts';
import type { LogLine } from '#drivers/runtime/driver.ts';
import { aCaller } from '#test/support/api.ts';
import { serveContainers, type ContainerApi } from './container-api.ts';

const ann = aCaller('project-a');
const eve = aCaller('project-b', ['member', 'reader'], 'eve');
const IMAGE = { image: 'hello', nets: [{ network: 'private' }] };

let cloud: ContainerApi;
let origin: string;
let container: string;
/** What consoles write, in the order in which they were opened, and how they were asked for. */
let opened: {
  body: { console: string; command: readonly string[] | null };
  output: PassThrough;
  typed: Readable;
}[];
const sockets: WebSocket[] = [];

beforeEach(async () => {
  cloud = await serveContainers();
  origin = await cloud.api.listen();
  opened = [];
  cloud.node.answers['console.open'] = async (body) => {
    const output = new PassThrough();
    const typed = await cloud.questions.askStream('node-1', 'console.input', { console: body.console });
    opened.push({ body, output, typed: typed as Readable });
    return { stream: output };
  };
  container = await create({ interactive: true });
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await cloud[Symbol.asyncDispose]();
});

async function create(fields: object): Promise<string> {
  const made = await cloud.call('POST', '/containers?run=true', { as: ann, body: { ...IMAGE, ...fields } });
  await cloud.settle();
  return String(made.body.uuid);
}

const attach = async (id = container) =>
  String((await cloud.call('GET', `/containers/${id}/attach`, { as: ann })).body);
const execute = async (command = 'sh', as = ann) =>
  (
    await cloud.call('POST', `/containers/${container}/execute`, {
      as,
      body: { command, run: false, interactive: true },
    })
  ).body;

/** As a client that reached the cloud under another name. */
const here = (url: string) => url.replace('ws://cloud.test', origin.replace('http', 'ws'));

async function connect(
  url: string,
  { protocols = ['binary', 'base64'], headers = {} } = {},
): Promise<WebSocket> {
  const socket = new WebSocket(here(url), protocols, { headers });
  sockets.push(socket);
  await once(socket, 'open');
  return socket;
}

/** The status with which it is refused. */
async function refusal(url: string, headers = {}): Promise<number> {
  const socket = new WebSocket(here(url), ['binary'], { headers });
  sockets.push(socket);
  socket.on('error', () => {});
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
  return response.statusCode;
}

const messages = (socket: WebSocket): Buffer[] => {
  const heard: Buffer[] = [];
  socket.on('message', (data: Buffer) => heard.push(data));
  return heard;
};

describe('input that ends', () => {
  const ask = (fields: object) =>
    cloud.call('POST', '/containers', { as: ann, body: { ...IMAGE, ...fields } });

  it('is asked of the node for a container that wants it, and told to nobody', async () => {
    const id = await create({ interactive: true, stdin_once: true });
    const specs = [...cloud.node.objects.values()].flatMap((one) =>
      one.kind === 'container' ? one.spec : [],
    );
    expect(specs.map((spec) => [spec.id === id, spec.stdinOnce])).toEqual([
      [false, undefined],
      [true, true],
    ]);
    const { body } = await cloud.call('GET', `/containers/${id}`, { as: ann });
    expect(Object.keys(body)).not.toContain('stdin_once');
  });

  it.each([{}, { interactive: true, tty: true }])(
    'is refused where nobody types, and on a terminal: %o',
    async (fields) => {
      expect((await ask({ ...fields, stdin_once: true })).status).toBe(400);
    },
  );
});

describe('logs of a measure of their own', () => {
  const ask = (log: object) => cloud.call('POST', '/containers', { as: ann, body: { ...IMAGE, log } });

  it('are told to the node in bytes', async () => {
    const id = await create({ log: { max_size: '5m', max_files: 2 } });
    const key = [...cloud.node.objects.values()].find((one) => one.id === id);
    const log = key?.kind === 'container' ? key.spec.log : undefined;
    expect(log).toEqual({ maxBytes: 5 << 20, maxFiles: 2 });
  });

  it('cannot be read where there are none', async () => {
    const id = await create({ log: { driver: 'none' } });
    expect((await cloud.call('GET', `/containers/${id}/logs`, { as: ann })).status).toBe(409);
    expect((await cloud.call('GET', `/containers/${id}/logs`, { as: eve })).status).toBe(404);
  });

  it.each([
    { driver: 'syslog' },
    { max_size: '1023k' },
    { max_size: 1000 },
    { max_size: '1025g' },
    { max_size: 'much' },
    { max_files: 0 },
    { max_files: 11 },
    { max_files: '1.5' },
    { driver: 'none', max_size: '2m' },
    { path: '/etc/passwd' },
  ])('are refused as %o', async (log) => {
    expect((await ask(log)).status).toBe(400);
  });
});

describe('attaching', () => {
  it('carries bytes both ways, on the boundaries of characters, and ends with the process', async () => {
    const socket = await connect(await attach());
    const heard = messages(socket);
    const [{ output, typed, body } = never()] = opened;
    expect(body).toMatchObject({ id: container, command: null, terminal: null });
    expect(socket.protocol).toBe('binary');
    socket.send(Buffer.from('hällo\n'));
    expect(String((await once(typed, 'data'))[0])).toBe('hällo\n');
    const bytes = Buffer.from('wörld');
    output.write(bytes.subarray(0, 2));
    await vi.waitFor(() => expect(heard).toHaveLength(1));
    output.end(bytes.subarray(2));
    const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
    expect([code, String(reason)]).toEqual([1000, 'Target closed']);
    expect(heard.map(String)).toEqual(['w', 'örld']);
  });

  it('hangs up when the client goes', async () => {
    const socket = await connect(await attach());
    socket.close();
    const [{ output, typed } = never()] = opened;
    await vi.waitFor(() => expect([output.destroyed, typed.destroyed]).toEqual([true, true]));
  });

  it('says why when the node is lost', async () => {
    const socket = await connect(await attach());
    opened[0]?.output.destroy(notFound('The session is over.'));
    const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
    expect([code, String(reason)]).toEqual([1011, 'The session is over.']);
  });

  it('speaks base64 to whoever wants it', async () => {
    const socket = await connect(await attach(), { protocols: ['base64'] });
    const heard = messages(socket);
    const [{ output, typed } = never()] = opened;
    socket.send(Buffer.from('in').toString('base64'));
    expect(String((await once(typed, 'data'))[0])).toBe('in');
    output.write('out');
    await vi.waitFor(() => expect(heard.map(String)).toEqual([Buffer.from('out').toString('base64')]));
  });

  it('is refused to containers that are not interactive, or do not run', async () => {
    const plain = await create({});
    expect((await cloud.call('GET', `/containers/${plain}/attach`, { as: ann })).status).toBe(400);
    await cloud.call('POST', `/containers/${container}/stop`, { as: ann });
    await cloud.settle();
    expect((await cloud.call('GET', `/containers/${container}/attach`, { as: ann })).status).toBe(409);
  });

  it('resizes a terminal, where there is one', async () => {
    const path = (id: string) => `/containers/${id}/resize?w=100&h=40`;
    const tty = await create({ interactive: true, tty: true });
    expect(await cloud.call('POST', path(tty), { as: ann })).toMatchObject({ status: 200, body: null });
    const size = { rows: 40, columns: 100 };
    expect(cloud.node.asked.at(-1)).toEqual({
      method: 'console.resize',
      body: { id: tty, console: null, size },
    });
    expect((await cloud.call('POST', path(container), { as: ann })).status).toBe(400);
    expect((await cloud.call('POST', `/containers/${tty}/resize?w=0&h=1`, { as: ann })).status).toBe(400);
  });
});

describe('commands', () => {
  it('are promised a console with an id, and begin when it is opened', async () => {
    const offer = await execute('"sh" "-c" "echo hi"');
    expect(offer).toMatchObject({
      output: null,
      exit_code: null,
      exec_id: expect.stringMatching(/^[a-f0-9]{64}$/),
    });
    expect(opened).toEqual([]);
    await connect(offer.proxy_url);
    expect(opened[0]?.body).toMatchObject({ console: offer.exec_id, command: ['sh', '-c', 'echo hi'] });
  });

  it('tell their exit code as the socket closes', async () => {
    const { proxy_url, exec_id } = await execute();
    const socket = await connect(proxy_url);
    cloud.node.answers['console.ended'] = async ({ console }) => ({ exitCode: console === exec_id ? 3 : 0 });
    opened[0]?.output.end();
    const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
    expect([code, String(reason)]).toEqual([1000, 'Target closed: exit code 3']);
  });

  it.each([
    [{}, { rows: 24, columns: 80 }],
    [{ tty: false }, null],
  ])('have a terminal but where none is asked for (%j)', async (fields, terminal) => {
    const path = `/containers/${container}/execute`;
    const body = { command: 'cat', run: false, interactive: true, ...fields };
    const offer = await cloud.call('POST', path, { as: ann, body });
    await connect(offer.body.proxy_url);
    expect(opened[0]?.body).toMatchObject({ terminal });
  });

  it('are resized, also when they have just ended, but no others', async () => {
    const { exec_id } = await execute();
    const resize = (id: string) =>
      cloud.call('POST', `/containers/${container}/execute_resize?exec_id=${id}&w=90&h=30`, { as: ann });
    expect((await resize(exec_id)).status).toBe(200);
    const size = { rows: 30, columns: 90 };
    expect(cloud.node.asked.at(-1)?.body).toEqual({ id: container, console: exec_id, size });
    cloud.node.answers['console.resize'] = () => Promise.reject(notFound('There is no such console.'));
    expect((await resize(exec_id)).status).toBe(200);
    expect((await resize('0'.repeat(64))).status).toBe(404);
    expect((await resize('zero')).status).toBe(400);
  });
});

describe('tickets', () => {
  it('are good once', async () => {
    const url = await attach();
    await connect(url);
    expect(await refusal(url)).toBe(401);
  });

  it('are good for one of any who show them at once', async () => {
    const url = await attach();
    const tries = await Promise.allSettled([1, 2, 3].map(() => connect(url)));
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const socket of sockets) socket.on('error', () => {});
  }, 5_000);

  it('are good for their container and command alone', async () => {
    const other = await create({ interactive: true });
    expect(await refusal((await attach()).replace(container, other))).toBe(401);
    const { proxy_url, exec_id } = await execute();
    expect(await refusal(proxy_url.replace(exec_id, '0'.repeat(64)))).toBe(401);
    expect(await refusal(proxy_url.replace(/&exec_id=.*/, ''))).toBe(401);
    expect(await refusal(`${await attach()}&exec_id=${exec_id}`)).toBe(401);
    expect(await refusal(`ws://cloud.test/container/v1/consoles`)).toBe(401);
    expect(await refusal(`ws://cloud.test/container/v1/nothing`)).toBe(404);
  });

  it('are given to nobody else', async () => {
    expect((await cloud.call('GET', `/containers/${container}/attach`, { as: eve })).status).toBe(404);
    const reader = aCaller('project-a', ['reader'], 'ron');
    expect((await cloud.call('GET', `/containers/${container}/attach`, { as: reader })).status).toBe(403);
    expect((await execute('sh', reader)).errors[0].status).toBe(403);
  });

  it('are not in the database in words', async () => {
    const token = new URL(await attach()).searchParams.get('token') ?? '';
    const rows = await cloud.database
      .handle<{ container_ticket: object }>()
      .selectFrom('container_ticket')
      .selectAll()
      .execute();
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(token);
  });

  it('are not given out without end, nor are consoles', async () => {
    for (let n = 0; n < 16; n++) await connect(await attach());
    expect(await refusal(await attach())).toBe(403);
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => cloud.call('GET', `/containers/${container}/attach`, { as: ann })),
    );
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect((await cloud.call('GET', `/containers/${container}/attach`, { as: ann })).status).toBe(403);
  });

  it('are refused to pages of strangers, and spent by none of them', async () => {
    const url = await attach();
    expect(await refusal(url, { origin: 'http://evil.test' })).toBe(403);
    await connect(url, { headers: { origin } });
  });

  it.each(['//', '/nowhere', '/container/v1/consoles/%'])('at %s there are none', async (path) => {
    const socket = dial(Number(new URL(origin).port), '127.0.0.1');
    socket.end(`GET ${path} HTTP/1.1\r\nHost: here\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(String(answer)).toMatch(/^HTTP\/1.1 404 /);
  });

  it('leave a record of who opened what', async () => {
    await connect(await attach());
    const records = await cloud.database
      .handle<{ audit_record: { action: string; user_id: string; target: string } }>()
      .selectFrom('audit_record')
      .select(['user_id', 'target'])
      .where('action', '=', 'open-console')
      .execute();
    expect(records).toEqual([{ user_id: ann.user.id, target: `/v1/containers/${container}` }]);
  });
});

describe('logs', () => {
  const line = (text: string): LogLine => ({ time: '2026-01-01T00:00:00Z', stream: 'stdout', text });

  it('are followed as server-sent events, and searched', async () => {
    cloud.node.answers['container.logs'] = () => [line('one'), line('two'), line('twofold')];
    const response = await fetch(`${origin}/container/v1/containers/${container}/logs/stream?grep=two`, {
      headers: { 'x-auth-token': Buffer.from(JSON.stringify(ann)).toString('base64url') },
    });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const text = await response.text();
    expect([...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data ?? '').text)).toEqual([
      'two',
      'twofold',
    ]);
    expect(cloud.node.asked.at(-1)?.body).toMatchObject({ id: container, follow: true });
  });

  it('of 100 MB take no more memory than those of 10', async () => {
    const lines = async (megabytes: number) => {
      const long = line('x'.repeat(1023));
      cloud.node.answers['container.logs'] = () => Array<LogLine>(megabytes * 1024).fill(long);
      const response = await fetch(`${origin}/container/v1/containers/${container}/logs`, {
        headers: { 'x-auth-token': Buffer.from(JSON.stringify(ann)).toString('base64url') },
      });
      let bytes = 0;
      let most = 0;
      let next = 0;
      for await (const chunk of response.body ?? []) {
        bytes += chunk.length;
        if (bytes < next) continue;
        next += 2 << 20;
        most = Math.max(most, liveBytes());
      }
      expect(bytes).toBeGreaterThan(megabytes << 20);
      return most;
    };
    const [small, large] = [await lines(10), await lines(100)];
    expect(large - small).toBeLessThan(10 << 20);
  }, 60_000);
});

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What is really held on to, whenever the garbage would have been collected. */
function liveBytes(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function never(): never {
  throw new Error('no console was opened');
}
