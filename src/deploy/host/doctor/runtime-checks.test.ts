import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runChecks } from './check.ts';
import { runtimeChecks } from './runtime-checks.ts';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'doctor-'))));
afterEach(() => rm(folder, { recursive: true }));

it.each(['absent', 'nobody listens'])(
  'finds a dockerd wrong that is configured and away: %s',
  async (how) => {
    const socket = join(folder, 'docker.sock');
    if (how !== 'absent') await writeFile(socket, '');
    expect(await runChecks(runtimeChecks({ docker: { socket } }))).toEqual([
      {
        name: 'the runtime docker',
        ok: false,
        problem: `dockerd does not answer at ${socket}`,
        mend: expect.stringContaining('docker.io'),
      },
    ]);
  },
);
