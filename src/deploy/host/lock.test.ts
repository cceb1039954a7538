import { expect, it } from 'vitest';
import { withSetupLock } from './lock.ts';

const name = `hydria-test-${process.pid}`;

it('lets one in at a time, and the next when the first is done or has failed', async () => {
  const inner = withSetupLock(() => withSetupLock(async () => 'both', name), name);
  await expect(inner).rejects.toThrow('at work on this machine');
  expect(await withSetupLock(async () => 'alone', name)).toBe('alone');
});
