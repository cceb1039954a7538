import { expect, it } from 'vitest';
import { FakeBackups } from '#test/support/fake-backups.ts';
import { sweepBackups } from './reconcile.ts';

const { signal } = new AbortController();

it('sweeps the backups every hour, but lets control start without them', async () => {
  const backups = new FakeBackups();
  const reconciler = sweepBackups({ backups });
  expect(reconciler.every).toBe(3600);
  await reconciler.run(signal);
  expect(backups.sweeps).toBe(0);
  await reconciler.run(signal);
  await reconciler.run(signal);
  expect(backups.sweeps).toBe(2);
});

it('tells that the backups are away, and sweeps when they are back', async () => {
  const backups = new FakeBackups();
  const reconciler = sweepBackups({ backups });
  await reconciler.run(signal);
  backups.away = true;
  await expect(reconciler.run(signal)).rejects.toMatchObject({ kind: 'unavailable' });
  backups.away = false;
  await reconciler.run(signal);
  expect(backups.sweeps).toBe(1);
});
