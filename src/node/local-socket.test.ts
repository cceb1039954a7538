import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { askToStopWorkloads, serveLocal } from './local-socket.ts';

let directory: string;
const path = () => join(directory, 'node.sock');
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hydria-socket-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

it('carries the order to stop workloads, and waits until they are', async () => {
  const stopped: string[] = [];
  const silence = await serveLocal(path(), async () => void stopped.push('all'));
  expect(await askToStopWorkloads(path())).toBe(true);
  expect(stopped).toEqual(['all']);
  await silence();
  expect(await askToStopWorkloads(path())).toBe(false);
});

it('carries back why it could not be done', async () => {
  const silence = await serveLocal(path(), () => Promise.reject(new Error('c1 does not end')));
  await expect(askToStopWorkloads(path())).rejects.toThrow(/c1 does not end/);
  await silence();
});
