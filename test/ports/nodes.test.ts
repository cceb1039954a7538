import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contentOf, tarOf } from '#drivers/runtime/archive/contract.ts';
import { badRequest, CloudError } from '#kernel/errors.ts';
import type { NodeImages } from '#node/images.ts';
import type { ImageRef } from '#node/protocol.ts';
import type { LogLine } from '#drivers/runtime/driver.ts';
import { ControlRig, STORED_IMAGE } from '#test/support/control-rig.ts';
import { FakeNode } from '#test/support/fake-node.ts';
import { anImage } from '#test/support/node-bench.ts';
import { ManualClock } from '#test/support/manual-clock.ts';
import { aContainer, aNetwork, aPort } from '#test/support/node-objects.ts';

const HOST = 'node-1';
const DAY_MS = 24 * 3_600_000;
const aSecond = { id: 'image', checksum: 'second' };
let control: ControlRig;
let node: FakeNode;

beforeEach(async () => {
  control = await ControlRig.start();
  control.placement.nodes.answerStream('archive.open', async () => ({ head: null, stream: tarOf(FILES) }));
  node = await FakeNode.start({ connect: control.connect });
  await control.source.until(() => control.source.wholes > 0);
});
afterEach(async () => {
  await node[Symbol.asyncDispose]();
  await control[Symbol.asyncDispose]();
});

const FILES = [
  { name: 'd/', type: 'directory' as const },
  { name: 'd/file', text: 'text' },
];

const always = { restartPolicy: { name: 'always', maximumRetryCount: 0 } } as const;
const running = () => control.source.untilStatus('c1', 'running');
const backAgain = async () => {
  const { wholes } = control.source;
  await control.source.until(() => control.source.wholes > wholes);
};

describe('a node', () => {
  it('is known with what it has, and as away when it is', async () => {
    const [known] = await control.placement.nodes.list(control.ctx);
    expect(known).toMatchObject({
      id: node.uuid,
      hostname: HOST,
      state: 'up',
      memory: 4096,
      runtimes: ['fake'],
    });
    await node.stop();
    await expect.poll(() => control.placement.nodes.connected).toBe(0);
    const away = control.placement.nodes.put(HOST, [], []);
    await expect(away).rejects.toMatchObject({ kind: 'unavailable', retryable: true });
    await expect
      .poll(async () => (await control.placement.nodes.find(control.ctx, HOST))?.state)
      .toBe('away');
  });

  it('runs a container with its port and reports each state', async () => {
    const container = aContainer('c1', { run: 1, portIds: ['port'] });
    await control.put(HOST, [aNetwork(), aPort(), container]);
    await running();
    expect(control.source.statuses).not.toContain('error');
    expect(control.source.seen.get('c1')).toMatchObject({
      generation: 1,
      epoch: 1,
      failed: false,
      reason: null,
    });
    await control.source.untilStatus('port', 'ready');
    expect(node.host.find('c1')?.spec).toMatchObject({ args: ['serve'], hostname: 'c1' });
  });

  it('tells the exit code, and starts again what its policy says', async () => {
    await control.put(HOST, [aContainer('c1', { run: 1 }), aContainer('c2', { run: 1, ...always })]);
    await running();
    await control.source.untilStatus('c2', 'running');
    node.host.exit('c1', 7);
    await control.source.untilStatus('c1', 'stopped');
    expect(control.source.seen.get('c1')).toMatchObject({ exitCode: 7 });
    node.host.exit('c2', 0);
    await control.source.until(() => node.host.count('start c2') === 2);
    expect(node.host.count('start c1')).toBe(1);
  });

  it('says that a removed container is gone, also one that it never had', async () => {
    await control.put(HOST, [aContainer('c1', { run: 1 })]);
    await running();
    const removed = ['c1', 'c9'].map((id) => ({ kind: 'container' as const, id }));
    await control.put(HOST, [], removed);
    await control.source.until(() => control.source.gone.length === 2);
    expect(node.host.inventory()).toEqual([]);
    expect(node.network.world.sandboxes.size).toBe(0);
  });

  it('kills a container that is removed while it is being stopped', async () => {
    await control.put(HOST, [aContainer('c1', { run: 1 })]);
    await running();
    const release = node.host.faults.hold('stop');
    await control.put(HOST, [
      aContainer('c1', { generation: 2, power: { state: 'stopped', epoch: 1, stopTimeoutSeconds: 600 } }),
    ]);
    await control.put(HOST, [], [{ kind: 'container', id: 'c1' }]);
    await control.source.until(() => node.host.count('signal c1 SIGKILL') === 1);
    release();
    await control.source.until(() => control.source.gone.includes('c1'));
  });

  it('answers exec, signal, stats, top and logs, and refuses what is not there', async () => {
    const { nodes } = control.placement;
    await control.put(HOST, [aContainer('c1', { run: 1 })]);
    await running();
    const exec = { id: 'c1', args: ['echo', 'hi'], timeoutSeconds: 5 };
    expect(await nodes.request(HOST, 'container.exec', exec)).toEqual({ output: 'hi\n', exitCode: 0 });
    expect(await nodes.request(HOST, 'container.stats', { id: 'c1' })).toMatchObject({ pids: 1 });
    expect((await nodes.request(HOST, 'container.top', { id: 'c1', psArgs: null })).titles).toContain('PID');
    const query = { stdout: true, stderr: true, tail: null, since: null };
    const lines: LogLine[] = [];
    for await (const line of nodes.stream(HOST, 'container.logs', { id: 'c1', query })) lines.push(line);
    expect(lines.map(({ text }) => text)).toEqual(['one', 'zwei ✓']);
    await nodes.request(HOST, 'container.signal', { id: 'c1', signal: 'SIGKILL' });
    await control.source.untilStatus('c1', 'stopped');
    await expect(nodes.request(HOST, 'container.stats', { id: 'c1' })).rejects.toMatchObject({
      kind: 'conflict',
    });
    await expect(nodes.request(HOST, 'container.exec', { ...exec, id: 'no' })).rejects.toMatchObject({
      kind: 'not-found',
    });
  });
});

describe('files', () => {
  it('go into a container and come out of it', async () => {
    const { nodes } = control.placement;
    await control.put(HOST, [aContainer('c1', { run: 1 })]);
    await running();
    const limits = { maxBytes: 1000, timeoutSeconds: 5 };
    await nodes.request(HOST, 'container.put-archive', { id: 'c1', path: '/tmp', archive: 'a', ...limits });
    const { head, stream } = await nodes.open(HOST, 'container.get-archive', {
      id: 'c1',
      path: '/tmp/d',
      maxBytes: 1000,
    });
    expect(head).toMatchObject({ name: 'd', linkTarget: '' });
    expect(await contentOf(stream)).toEqual({ 'd/': '', 'd/file': 'text' });
    await expect(
      nodes.open(HOST, 'container.get-archive', { id: 'c1', path: '/nothing', maxBytes: 1000 }),
    ).rejects.toMatchObject({ kind: 'not-found' });
    await expect(
      nodes.open(HOST, 'container.get-archive', { id: 'no', path: '/', maxBytes: 1000 }),
    ).rejects.toMatchObject({ kind: 'not-found' });
  });

  it('of a container become an image that runs like it', async () => {
    const { nodes } = control.placement;
    await control.put(HOST, [aContainer('c1', { run: 1, environment: { A: 'b' } })]);
    await running();
    const limits = { maxBytes: 1000, timeoutSeconds: 5 };
    await nodes.request(HOST, 'container.put-archive', { id: 'c1', path: '/', archive: 'a', ...limits });
    const { stream } = await nodes.open(HOST, 'container.commit', {
      id: 'c1',
      name: 'mine:1',
      maxBytes: 1000,
    });
    const archive = Buffer.concat(await Array.fromAsync(stream as AsyncIterable<Uint8Array>));
    const files = await contentOf(Readable.from(archive));
    const [saved] = JSON.parse(files['manifest.json'] ?? '[]');
    expect(saved).toMatchObject({ RepoTags: ['mine:1'], Layers: [expect.any(String)] });
    expect(JSON.parse(files[saved.Config] ?? '{}').config).toMatchObject({
      Cmd: ['serve'],
      Env: ['LANG=C', 'A=b'],
    });
    expect(await contentOf(Readable.from(Buffer.from(files[saved.Layers[0]] ?? '')))).toEqual({
      'd/': '',
      'd/file': 'text',
    });
  });
});

describe('failures', () => {
  it('of the machine are told and tried again', async () => {
    const busy = new CloudError('internal', 'the device is busy');
    node.network.failNext('plugPort', busy);
    node.host.faults.fail('start', 2, busy);
    await control.put(HOST, [aNetwork(), aPort(), aContainer('c1', { run: 1, portIds: ['port'] })]);
    await running();
    expect(node.host.count('start c1')).toBe(1);
    expect(control.source.seen.get('c1')).toMatchObject({ reason: null, failed: false });
  });

  it('of a start whose process was made and lost are no start', async () => {
    node.host.faults.fail('start', 1, new CloudError('internal', 'conmon lost it'), 'after');
    await control.put(HOST, [aContainer('c1', { run: 1, command: ['boom'] })]);
    await control.source.until(() => node.host.count('start c1') === 2);
    await control.source.untilStatus('c1', 'stopped');
    expect(control.source.seen.get('c1')).toMatchObject({ exitCode: 137, epoch: 1, reason: null });
  });

  it('of the spec are final until there is another spec', async () => {
    node.host.faults.fail('start', 1, badRequest('The program /bin/nothing does not exist.'));
    await control.put(HOST, [aContainer('c1', { run: 1 })]);
    await control.source.untilStatus('c1', 'error');
    expect(control.source.seen.get('c1')).toMatchObject({
      failed: true,
      reason: 'The program /bin/nothing does not exist.',
    });
    await control.put(HOST, [aContainer('c1', { run: 2, generation: 2 })]);
    await running();
  });

  it('do not stand in the way of a removal', async () => {
    node.host.faults.fail('ensure', 1, badRequest('no such user'));
    await control.put(HOST, [aContainer('c1', { run: 1 })]);
    await control.source.untilStatus('c1', 'error');
    node.host.faults.fail('remove', 1, new Error('busy'));
    await control.put(HOST, [], [{ kind: 'container', id: 'c1' }]);
    await control.source.until(() => control.source.gone.includes('c1'));
    expect(node.host.inventory()).toEqual([]);
  });

  it('of control to take in a report make the node report everything again', async () => {
    control.source.failNext = new Error('the database is busy');
    await control.put(HOST, [aContainer('c1')]);
    await control.put(HOST, [aContainer('c2')]);
    await control.source.untilStatus('c1', 'created');
    await control.source.untilStatus('c2', 'created');
  });
});

describe('after a break', () => {
  it('the node finds what ran and what ended meanwhile, and starts nothing twice', async () => {
    await control.put(HOST, [aContainer('c1', { run: 1 }), aContainer('c2', { run: 1 })]);
    await running();
    await control.source.untilStatus('c2', 'running');
    await node.stop();
    node.host.exit('c2', 5);
    await node.start();
    await control.source.untilStatus('c2', 'stopped');
    expect(control.source.seen.get('c2')).toMatchObject({ exitCode: 5 });
    await running();
    expect([node.host.count('start c1'), node.host.count('start c2')]).toEqual([1, 1]);
  });

  it('of the machine what ran is started again, what was stopped stays down', async () => {
    await control.put(HOST, [
      aNetwork(),
      aPort(),
      aContainer('c1', { run: 1, portIds: ['port'] }),
      aContainer('c2'),
    ]);
    await running();
    await control.source.untilStatus('c2', 'created');
    await node.stop();
    node.reboot();
    await node.start();
    await control.source.until(() => node.host.count('start c1') === 2);
    await running();
    expect(node.network.world.ports.has('port')).toBe(true);
    expect(node.host.count('start c2')).toBe(0);
  });

  it('ordered by stopWorkloads what ran comes back at the next start', async () => {
    await control.put(HOST, [aContainer('c1', { run: 1, ...always })]);
    await running();
    await node.node.stopWorkloads();
    expect(node.host.state('c1').status).toBe('stopped');
    await node.stop();
    expect(node.host.count('start c1')).toBe(1);
    await node.start();
    await running();
    expect(node.host.count('start c1')).toBe(2);
  });

  it('of control the node goes on alone, and is told what it missed', async () => {
    await control.put(HOST, [aContainer('c1', { run: 1, ...always }), aContainer('c2', { run: 1 })]);
    await running();
    await control.source.untilStatus('c2', 'running');
    await control.stop();
    const restarted = node.host.events.subscribe(AbortSignal.timeout(5_000));
    node.host.exit('c1', 1);
    for await (const { id, state } of restarted) if (id === 'c1' && state.status === 'running') break;
    control.source.objects = [aContainer('c1', { run: 1, ...always }), aContainer('c3', { run: 1 })];
    control.source.seen.clear();
    await control.start();
    await control.source.untilStatus('c3', 'running');
    await control.source.until(() => !node.host.find('c2'));
  });

  it('of the line messages that were lost cost nothing', async () => {
    control.source.objects = [aContainer('c1', { run: 1 })]; // decided, but the put never arrived
    control.hangUp();
    await backAgain();
    await running();
  });

  it('things on the machine that nobody wants are removed once control has said all', async () => {
    await node.network.ensureNetwork(aNetwork('stray').spec);
    await node.network.ensureSandbox('stray-box');
    await node.network.plugPort(aPort('stray-port', 'stray-box', 'stray').spec);
    control.hangUp();
    await backAgain();
    await expect
      .poll(() => node.network.inspect())
      .toEqual({ networks: [], sandboxes: [], ports: [], routers: [] });
  });
});

describe('images', () => {
  it('that no container has are removed a day after the last of them, also by another life of the node', async () => {
    await node[Symbol.asyncDispose]();
    const clock = new ManualClock();
    node = await FakeNode.start({ connect: control.connect, clock });
    await backAgain();
    await control.put(HOST, [aContainer('c1', { run: 1 }), aContainer('c2', { image: aSecond })]);
    await running();
    await control.source.untilStatus('c2', 'created');
    await control.put(HOST, [], [{ kind: 'container', id: 'c1' }]);
    await control.source.until(() => control.source.gone.includes('c1'));
    clock.advance(DAY_MS - 1);
    await node.stop();
    await node.start();
    await backAgain();
    expect(node.images.keys()).toEqual(['image-sum', 'image-second']);
    clock.advance(3_600_000);
    await expect.poll(() => node.images.keys()).toEqual(['image-second']);
  });

  it('of registries are pulled with a login that control gives for a container of this node', async () => {
    await node[Symbol.asyncDispose]();
    const login = { username: 'someone', password: 'secret' };
    const asked: [string, string][] = [];
    const seen: unknown[] = [];
    control.answerNodes = (nodes) =>
      nodes.answer('registry.login', async ({ host }, { container }) => {
        asked.push([host, container]);
        return login;
      });
    await control.stop();
    await control.start();
    node = await FakeNode.start({
      connect: control.connect,
      images: (_open, { getLogin }): NodeImages => ({
        keys: () => [],
        remove: async () => {},
        ensure: async () => anImage,
        async resolve(_image, container, signal) {
          seen.push(await getLogin(container, signal));
          return `sha256:${'1'.repeat(64)}`;
        },
      }),
    });
    await backAgain();
    const image = { reference: 'registry.test/app:1', pull: 'always' } as const;
    await control.put(HOST, [aContainer('c1', { run: 1, image })]);
    await running();
    expect(asked).toEqual([[HOST, 'c1']]);
    expect(seen).toEqual([login]);
  });

  it('come over the line, with progress in the reason; one that changed is a final failure', async () => {
    await node[Symbol.asyncDispose]();
    let bytes = 0;
    const images = (
      open: Parameters<NonNullable<Parameters<typeof FakeNode.start>[0]['images']>>[0],
    ): NodeImages => ({
      keys: () => [],
      remove: async () => {},
      resolve: async () => '',
      async ensure(image, note, signal) {
        const { stream } = await open(image as ImageRef, signal);
        note('pulling image: 0 %');
        for await (const chunk of stream) bytes += (chunk as Buffer).length;
        return anImage;
      },
    });
    node = await FakeNode.start({ connect: control.connect, images });
    await backAgain();
    const changed = aContainer('c2', { image: { id: 'image', checksum: 'older' } });
    await control.put(HOST, [aContainer('c1', { run: 1 }), changed]);
    await running();
    expect(bytes).toBeGreaterThanOrEqual(STORED_IMAGE.length);
    await control.source.untilStatus('c2', 'error');
    expect(control.source.seen.get('c2')).toMatchObject({ failed: true });
  });
});
