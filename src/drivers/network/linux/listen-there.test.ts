import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { start } from '#kernel/exec.ts';

const PROGRAM = fileURLToPath(new URL('./listen-there.ts', import.meta.url));

it('ends when its parent is gone, be it before it has read its first line', async () => {
  const child = start(process.execPath, [PROGRAM], { stdio: ['pipe', 'ignore', 'ignore', 'ipc'], env: {} });
  // As the kernel does for a parent that is killed.
  child.disconnect();
  child.stdin?.destroy();
  await once(child, 'exit');
  expect(child.signalCode).toBeNull();
});
