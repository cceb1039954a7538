import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import { start } from '#kernel/exec.ts';
import { newUuid } from '#kernel/ids.ts';
import { Daemons } from './daemon.ts';
import type { Host } from './host.ts';

const daemons = new Daemons({} as Host);
const running: ReturnType<typeof start>[] = [];
afterEach(() => running.splice(0).forEach((child) => child.kill('SIGKILL')));

async function aProcess(argument: string) {
  const child = start(process.execPath, ['-e', 'setInterval(() => {}, 1000)', '--', argument], {});
  running.push(child);
  await once(child, 'spawn');
  return child;
}

it('ends also a process whose start was cut off before it wrote its file, and no other', async () => {
  const file = `/nowhere/${newUuid()}/relay.pid`;
  const stray = await aProcess(`--pid-file=${file}`);
  const other = await aProcess(`--pid-file=${file}.old`);
  const gone = once(stray, 'exit');
  await daemons.stop(file);
  await gone;
  expect(other.exitCode ?? other.signalCode).toBeNull();
});

it('is content when nothing runs', async () => {
  await expect(daemons.stop(`/nowhere/${newUuid()}/relay.pid`)).resolves.toBeUndefined();
});
