import { release } from 'node:os';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exec } from '#kernel/exec.ts';
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

describe('a container that runs', () => {
  beforeEach(async () => {
    const begun = await run('--detach', '--name', 'long', '--env', 'A=b', 'box', 'sleep', '1000');
    expect(begun).toMatchObject({ code: 0 });
  }, LONG);

  const inside = (...args: readonly string[]) => daemon.docker('exec', ...args);

  it(
    'runs commands with their exit codes, input, both outputs and terminals',
    { timeout: LONG },
    async () => {
      expect(await inside('long', 'sh', '-c', 'echo $A; echo why >&2; exit 7')).toMatchObject({
        code: 7,
        stdout: 'b\n',
        stderr: 'why\n',
      });
      expect((await inside('long', 'busybox', 'uname', '-r')).stdout.trim()).not.toBe(release());
      expect((await inside('--tty', 'long', 'sh', '-c', 'busybox tty; busybox stty size')).stdout).toMatch(
        /^\/dev\/pts\/\d+\r\n\d+ \d+\r\n$/,
      );
      const missing = await inside('long', 'no-such-program');
      expect([126, 127]).toContain(missing.code); // by Docker's version
      expect(`${missing.stdout}${missing.stderr}`).toMatch(/executable file .* not found/);
      const text = 'a line of some length\n'.repeat(20_000);
      const echoed = await exec(
        'docker',
        ['--host', `unix://${daemon.socket}`, 'exec', '--interactive', 'long', 'busybox', 'cat'],
        { input: text, timeout: 60_000 },
      );
      expect(echoed.stdout).toBe(text);
    },
  );

  it('stands still while it is paused, and is counted', { timeout: LONG }, async () => {
    const tick = 'while :; do busybox cut -d " " -f 1 /proc/uptime >> /ticks; busybox sleep 0.05; done';
    await inside('--detach', 'long', 'sh', '-c', tick);
    await until('it ticks', async () => (await inside('long', 'busybox', 'test', '-s', '/ticks')).code === 0);
    expect(await daemon.docker('pause', 'long')).toMatchObject({ code: 0, stderr: '' });
    const begin = performance.now();
    expect((await daemon.docker('inspect', '--format', '{{.State.Status}}', 'long')).stdout).toBe('paused\n');
    const stats = await daemon.docker('stats', '--no-stream', '--format', '{{.MemUsage}}', 'long');
    expect(stats.stdout).toMatch(/^[1-9]\S*MiB \/ /);
    const paused = (performance.now() - begin) / 1000;
    expect(await daemon.docker('unpause', 'long')).toMatchObject({ code: 0, stderr: '' });
    const ticks = (await inside('long', 'busybox', 'cat', '/ticks')).stdout.trim().split('\n').map(Number);
    const gaps = ticks.map((at, index) => at - (ticks[index - 1] ?? at));
    expect(Math.max(...gaps)).toBeGreaterThan(paused * 0.9);
    expect((await daemon.docker('top', 'long')).stdout).toContain('hydria');
  });

  it('takes its commands along when it ends', { timeout: LONG }, async () => {
    const command = inside('long', 'busybox', 'sleep', '999');
    const runs = async () =>
      (await inside('long', 'sh', '-c', 'busybox ps | busybox grep -q "sleep 99[9]"')).code === 0;
    await until('the command runs', runs);
    await daemon.docker('rm', '--force', 'long');
    expect((await command).code).toBe(137);
  });
});
