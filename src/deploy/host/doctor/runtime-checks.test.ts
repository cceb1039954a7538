import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runChecks } from './check.ts';
import { runtimeChecks } from './runtime-checks.ts';

const CLEAR = {
  acceleration: 'tcg',
  acceleration_reason: 'there is no /dev/kvm',
  parts: 'Debian',
  kernel: '6.1',
  qemu: '7.2',
};

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'doctor-'))));
afterEach(() => rm(folder, { recursive: true }));

it.each(['absent', 'nobody listens'])(
  'finds a dockerd wrong that is configured and away: %s',
  async (how) => {
    const socket = join(folder, 'docker.sock');
    if (how !== 'absent') await writeFile(socket, '');
    expect(await runChecks(runtimeChecks({ docker: { socket } }, async () => CLEAR))).toEqual([
      {
        name: 'the runtime clear',
        ok: true,
        note: 'acceleration tcg (there is no /dev/kvm), kernel 6.1 and QEMU 7.2 (Debian)',
      },
      {
        name: 'the runtime docker',
        ok: false,
        problem: `dockerd does not answer at ${socket}`,
        mend: expect.stringContaining('docker.io'),
      },
    ]);
  },
);
