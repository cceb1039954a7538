import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { notFound } from '#kernel/errors.ts';
import { ControlRig } from '#test/support/control-rig.ts';
import { FakeNode } from '#test/support/fake-node.ts';
import { aContainer, aNetwork, aPort } from '#test/support/node-objects.ts';

const HOST = 'node-1';
const TALK = { id: 'c1', console: 'talk', command: ['talk'], terminal: { rows: 24, columns: 80 } };
let control: ControlRig;
let node: FakeNode;
let typed: PassThrough;

beforeEach(async () => {
  typed = new PassThrough();
  control = await ControlRig.start();
  await control.stop();
  control.answerNodes = (nodes) =>
    nodes.answerStream('console.input', async (_, { console }) => {
      if (console !== TALK.console) throw notFound('There is no such console.');
      return { head: null, stream: typed };
    });
  await control.start();
  node = await FakeNode.start({ connect: control.connect });
  await control.source.until(() => control.source.wholes > 0);
  await control.put(HOST, [aNetwork(), aPort(), aContainer('c1', { run: 1, portIds: ['port'] })]);
  await control.source.untilStatus('c1', 'running');
});
afterEach(async () => {
  await node[Symbol.asyncDispose]();
  await control[Symbol.asyncDispose]();
});

const nodes = () => control.placement.nodes;
const open = async (body = TALK) => (await nodes().open(HOST, 'console.open', body)).stream;
const resize = (console: string) =>
  nodes().request(HOST, 'console.resize', { id: 'c1', console, size: { rows: 1, columns: 2 } });

it('carries what is typed to a command, and what it says back, until it ends', async () => {
  const read = await open();
  const said = text(read);
  typed.write('hello\n');
  typed.write('bye\n');
  expect(await said).toBe('heard hello\nheard bye\n');
});

it('waits on neither side for more than a window', async () => {
  const read = await open();
  const line = `${'x'.repeat(65_535)}\n`;
  for (let n = 0; n < 64; n++) typed.write(line);
  typed.end('bye\n');
  expect((await text(read)).length).toBe(64 * (line.length + 'heard '.length) + 'heard bye\n'.length);
});

it('resizes a console while it is open', async () => {
  const read = await open();
  await resize('talk');
  expect(node.host.calls).toContain('resize c1 1x2');
  typed.end('bye\n');
  await text(read);
  await vi.waitFor(() => expect(resize('talk')).rejects.toMatchObject({ kind: 'not-found' }));
});

it('hangs up when control has gone, and fails for control when the node has', async () => {
  const read = await open();
  const failed = once(read, 'error');
  read.resume();
  control.hangUp();
  expect((await failed)[0]).toMatchObject({ kind: 'unavailable' });
  await vi.waitFor(() => expect(typed.destroyed).toBe(true));
});

it('opens none of which control knows nothing, and none in what does not run', async () => {
  const strange = await open({ ...TALK, console: 'strange' });
  await expect(text(strange)).rejects.toMatchObject({ message: 'There is no such console.' });
  await expect(open({ ...TALK, id: 'c2' })).rejects.toMatchObject({
    kind: 'not-found',
  });
});
