import { release } from 'node:os';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { until } from '#test/support/until.ts';
import { DockerDaemon } from './docker-daemon.ts';
import { PARTS } from './runtime-clear-machine.ts';

/** Plain Docker, whose containers are in machines of their own. */
const RUNTIME = join(import.meta.dirname, '../../src/drivers/runtime/clear/oci/hydria-clear');
const LONG = 120_000;

let daemon: DockerDaemon;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp('/dev/shm/hydria-test-');
  await mkdir(join(folder, 'base'));
  await symlink(PARTS, join(folder, 'base', 'parts'));
  const program = join(folder, 'hydria-clear');
  await writeFile(program, `#!/bin/sh\nexec ${RUNTIME} --base ${folder}/base --memory ${folder} "$@"\n`, {
    mode: 0o755,
  });
  daemon = await DockerDaemon.make({ runtimes: { 'hydria-clear': program } });
  await daemon.build('box', ['sh']);
}, LONG);

afterEach(async () => {
  await daemon.docker('rm', '--force', 'long');
  await until('Docker has taken away all', async () => (await readdir(join(folder, 'oci'))).length === 0);
  await daemon[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const run = (...args: readonly string[]) => daemon.docker('run', '--runtime', 'hydria-clear', ...args);

it(
  'docker run puts a container into a machine, with its output, exit code and files',
  { timeout: LONG },
  async () => {
    const { stdout, stderr, code } = await run('--rm', '--hostname', 'jar', 'box', 'busybox', 'uname', '-r');
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    expect(stdout.trim()).not.toBe(release());
    expect(stdout.trim()).toMatch(/^\d+\.\d+/);
    const failing = await run(
      '--rm',
      '--hostname',
      'jar',
      'box',
      'sh',
      '-c',
      'busybox hostname; busybox cat /etc/hostname; echo why >&2; exit 7',
    );
    expect(failing).toMatchObject({ code: 7, stdout: 'jar\njar\n', stderr: 'why\n' });
    const missing = await run('--rm', 'box', 'no-such-program');
    expect(missing.stderr).toMatch(/executable file .* not found/);
    expect((await run('--rm', '--volume', '/tmp:/data', 'box', 'true')).stderr).toMatch(
      /cannot have the host's \/tmp/,
    );
    await run('--detach', '--name', 'long', 'box', 'sleep', '1000');
    expect((await daemon.docker('stop', '--time', '1', 'long')).code).toBe(0);
    expect((await daemon.docker('inspect', '--format', '{{.State.ExitCode}}', 'long')).stdout.trim()).toBe(
      '137',
    );
  },
);
