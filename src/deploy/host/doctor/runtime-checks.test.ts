import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runChecks } from './check.ts';
import { runtimeChecks } from './runtime-checks.ts';

const machines = async () => 'emulation';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'doctor-'))));
afterEach(() => rm(folder, { recursive: true }));

it.each(['absent', 'nobody listens'])(
  'finds a dockerd wrong that is configured and away: %s',
  async (how) => {
    const socket = join(folder, 'docker.sock');
    if (how !== 'absent') await writeFile(socket, '');
    expect(await runChecks(runtimeChecks({ docker: { socket } }, machines))).toEqual([
      { name: 'the machines of clear containers', ok: true, note: 'emulation' },
      {
        name: 'the runtime docker',
        ok: false,
        problem: `dockerd does not answer at ${socket}`,
        mend: expect.stringContaining('docker.io'),
      },
    ]);
  },
);

it('tells how machines are run, and what is wrong where they cannot be', async () => {
  const broken = async () => {
    throw new Error('There is no qemu-system-x86_64.');
  };
  expect(await runChecks(runtimeChecks(undefined, broken))).toEqual([
    {
      name: 'the machines of clear containers',
      ok: false,
      problem: 'There is no qemu-system-x86_64.',
      mend: 'apt-get install qemu-system-x86',
    },
  ]);
});
