import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { exec, start } from '#kernel/exec.ts';
import { runtimeContract } from '#drivers/runtime/contract.ts';
import type { ConmonRuntime } from '#drivers/runtime/conmon/driver.ts';
import { hostLayout, workloadLayout } from '#drivers/runtime/conmon/layout.ts';
import type { LogLine, RuntimeHandle, WorkloadSpec } from '#drivers/runtime/driver.ts';
import { CrunMachine } from './runtime-crun-machine.ts';

runtimeContract('crun', () => CrunMachine.make());

const EVERYTHING = { stdout: true, stderr: true, tail: null, since: null };

describe('crun on this machine', () => {
  let machine: CrunMachine;
  let driver: ConmonRuntime;
  let made: RuntimeHandle[];

  beforeEach(async () => {
    machine = await CrunMachine.make();
    driver = machine.open();
    made = [];
  });

  afterEach(async () => {
    try {
      for (const handle of made) await driver.remove(handle);
      expect(await machine.leaks()).toEqual([]);
    } finally {
      await driver.close();
      await machine.dispose();
    }
  });

  const run = async (spec: WorkloadSpec): Promise<RuntimeHandle> => {
    const handle = await driver.ensure(spec);
    made.push(handle);
    await driver.start(handle);
    return handle;
  };
  const monitorOf = async (handle: RuntimeHandle): Promise<number> =>
    Number(await readFile(join(machine.base, 'workloads', handle.id, 'conmon.pid'), 'utf8'));
  const lines = (handle: RuntimeHandle): Promise<LogLine[]> =>
    Array.fromAsync(driver.logs.read(handle, EVERYTHING));
  const ended = (handle: RuntimeHandle) =>
    vi.waitFor(async () => expect((await driver.inspect(handle)).status).toBe('stopped'), {
      timeout: 20_000,
    });

  /** What a workload that runs this shell text prints. */
  const printed = async (script: string, changes: Partial<WorkloadSpec> = {}): Promise<readonly string[]> => {
    const handle = await run(machine.shell(script, changes));
    await ended(handle);
    return (await lines(handle)).map((line) => line.text);
  };

  describe('mounts', () => {
    const folder = async (name: string): Promise<string> => {
      const path = join(machine.base, '..', name);
      await mkdir(path, { recursive: true });
      return path;
    };

    it('show a directory of the machine, writable or not, whichever is named first, and files inside it', async () => {
      const [data, fixed] = [await folder('data'), await folder('fixed')];
      await writeFile(join(fixed, 'known'), 'known');
      const lines = await printed(
        'exec 2>&1; cat /srv/data/fixed/known; echo; echo new > /srv/data/new; echo x > /srv/data/fixed/x; cat /srv/data/conf; stat -c %a:%u:%g /srv/data/conf',
        {
          mounts: [
            { source: fixed, destination: '/srv/data/fixed', readOnly: true },
            { source: data, destination: '/srv/data', readOnly: false },
          ],
          files: [
            {
              path: '/srv/data/conf',
              content: Buffer.from('conf\n').toString('base64'),
              mode: 0o660,
              owner: { uid: 7, gid: 8 },
            },
          ],
        },
      );
      expect(lines).toEqual(['known', expect.stringMatching(/Read-only file system/), 'conf', '660:7:8']);
      expect(await readFile(join(data, 'new'), 'utf8')).toBe('new\n');
    });

    it('stay in the root where the image has links at the destination', async () => {
      const data = await folder('data');
      await writeFile(join(data, 'known'), 'known\n');
      await symlink('/home', join(machine.layer, 'absolute'));
      await symlink('../../../../../../../../tmp', join(machine.layer, 'climbing'));
      const at = (destination: string) => ({ source: data, destination, readOnly: true });
      const text = 'cat /home/known /tmp/known; ls /home/ann';
      const seen = await printed(text, { mounts: [at('/absolute'), at('/climbing')] });
      expect(seen.slice(0, 2)).toEqual(['known', 'known']);
      expect(seen[2]).toMatch(/No such file/);
      const mounts = await readFile('/proc/self/mountinfo', 'utf8');
      expect(mounts).not.toContain(` ${data} `);
      expect(await readdir('/tmp')).not.toContain('known');
    });

    it('make nothing outside where a link of the image leads nowhere in it', async () => {
      const [data, outside] = [await folder('data'), join(machine.base, '..', 'outside')];
      await symlink(outside, join(machine.layer, 'dangling'));
      const mounts = [{ source: data, destination: '/dangling', readOnly: false }];
      const handle = await driver.ensure(machine.shell('true', { mounts }));
      made.push(handle);
      await expect(driver.start(handle)).rejects.toThrow(/No such file/);
      await expect(readdir(outside)).rejects.toMatchObject({ code: 'ENOENT' });
    });

    it('let no device of a volume be opened, and no program of it gain rights', async () => {
      const data = await folder('data');
      await exec('mknod', [join(data, 'null'), 'c', '1', '3']);
      const handle = await run(
        machine.shell('grep " /data " /proc/self/mounts; cat /data/null', {
          mounts: [{ source: data, destination: '/data', readOnly: false }],
        }),
      );
      await ended(handle);
      const [options = '', refusal] = (await lines(handle)).map(({ text }) => text);
      expect(options.split(' ')[3]?.split(',')).toEqual(expect.arrayContaining(['nosuid', 'nodev']));
      expect(refusal).toMatch(/Permission denied/);
    });
  });

  describe('crashes', () => {
    it('keeps a workload running when the node is killed, and finds it and its exit again', async () => {
      const script = join(import.meta.dirname, 'runtime-crun-node.ts');
      const spec = JSON.stringify(machine.spec('patient'));
      const node = start(process.execPath, [script, machine.base, machine.cgroupParent, spec]);
      const [line] = (await once(createInterface({ input: node.stdout as Readable }), 'line')) as [string];
      const handle = JSON.parse(line) as RuntimeHandle;
      made.push(handle);
      node.kill('SIGKILL');
      await once(node, 'exit');

      const found = await driver.recover(handle);
      expect(found.status).toBe('running');
      await vi.waitFor(async () => expect(await lines(handle)).toHaveLength(1));
      await driver.stop(handle, 10);
      expect(await driver.inspect(handle)).toMatchObject({ status: 'stopped', exitCode: 0 });
    });

    it('ends the command that a killed node ran in a workload, and leaves the workload alone', async () => {
      const script = join(import.meta.dirname, 'runtime-crun-node.ts');
      const spec = JSON.stringify(machine.spec('patient'));
      const command = ['sh', '-c', 'sleep 54321 & sleep 54321'];
      const node = start(process.execPath, [script, machine.base, machine.cgroupParent, spec, ...command]);
      const [line] = (await once(createInterface({ input: node.stdout as Readable }), 'line')) as [string];
      const handle = JSON.parse(line) as RuntimeHandle;
      made.push(handle);
      const sleepers = async () =>
        (await driver.top.list(handle, null)).processes.filter((row) => row.join(' ').includes('54321'));
      await vi.waitFor(async () => expect((await sleepers()).length).toBeGreaterThanOrEqual(2), 10_000);
      node.kill('SIGKILL');
      await once(node, 'exit');

      expect(await driver.recover(handle)).toMatchObject({ status: 'running' });
      await vi.waitFor(async () => expect(await sleepers()).toEqual([]));
      const left = await readdir(join(machine.base, 'workloads', handle.id));
      expect(left.filter((name) => name.startsWith('exec-'))).toEqual([]);
    });

    it('keeps nothing of what a silent workload writes, and lets nobody join it', async () => {
      const handle = await run(machine.spec('patient', { log: { maxBytes: 1 << 20, silent: true } }));
      expect(await lines(handle)).toEqual([]);
      await expect(driver.attach.join(handle)).rejects.toMatchObject({ kind: 'conflict' });
      const left = await readdir(join(machine.base, 'workloads', handle.id));
      expect(left.filter((name) => name.startsWith('log') && !name.startsWith('log.limit'))).toEqual([]);
    });

    it('keeps the monitor out of the control group with which the node would be stopped', async () => {
      const handle = await run(machine.spec('patient'));
      const pid = await monitorOf(handle);
      expect(await readFile(`/proc/${pid}/cgroup`, 'utf8')).toContain(`:${machine.cgroupParent}/conmon\n`);
    });

    it('does not take another process for the workload when the number is used again', async () => {
      const handle = await run(machine.spec('patient'));
      await driver.stop(handle, 0);
      const paths = join(machine.base, 'workloads', handle.id);
      await rm(join(machine.base, 'exits', handle.id));
      await writeFile(join(paths, 'pid'), String(process.pid));
      expect(await driver.recover(handle)).toMatchObject({ status: 'stopped', pid: null, exitCode: 255 });
    });

    it('starts, stops and removes a workload whose monitor was killed', async () => {
      const handle = await run(machine.spec('stubborn'));
      process.kill(await monitorOf(handle), 'SIGKILL');
      expect((await driver.inspect(handle)).status).toBe('running');
      await driver.stop(handle, 0);
      expect(await driver.inspect(handle)).toMatchObject({ status: 'stopped', exitCode: 255 });
      await driver.start(handle);
      expect((await driver.inspect(handle)).status).toBe('running');
    });

    it('waits for a monitor that is too busy to hear of a new size', async () => {
      const handle = await run(machine.spec('patient', { tty: true }));
      const [{ pid }, monitor] = [await driver.inspect(handle), await monitorOf(handle)];
      process.kill(monitor, 'SIGSTOP');
      await driver.attach.resize(handle, { rows: 44, columns: 111 });
      const removed = driver.remove(handle);
      await vi.waitFor(() => expect(existsSync(`/proc/${pid}/root/bin`)).toBe(false)); // it has ended
      expect(existsSync(join(machine.base, 'workloads', handle.id, 'ctl'))).toBe(true);
      process.kill(monitor, 'SIGCONT');
      await removed;
      expect(await machine.leaks()).toEqual([]);
    });

    it.each([
      ['before the mount', ['config.json', 'lower']],
      ['before the configuration', ['config.json']],
      ['while writing the files', ['config.json', 'files']],
    ])('makes a workload whole that was left %s', async (_, missing) => {
      const spec = machine.spec('failing', { files: [{ path: '/etc/hosts', content: '', mode: 0o644 }] });
      made.push(await driver.ensure(spec));
      for (const name of missing)
        await rm(join(machine.base, 'workloads', spec.id, name), { recursive: true });
      const handle = await run(spec);
      await ended(handle);
      expect((await driver.inspect(handle)).exitCode).toBe(3);
    });

    it('removes what was only begun', async () => {
      const spec = machine.spec('failing');
      const handle = await driver.ensure(spec);
      await rm(join(machine.base, 'workloads', spec.id, 'config.json'));
      await driver.remove(handle);
      expect(await machine.leaks()).toEqual([]);
    });
  });

  describe('root file systems', () => {
    it('puts later layers over earlier ones, two hundred of them, and keeps them unchanged', async () => {
      const layers = await Promise.all(
        Array.from({ length: 200 }, async (_, index) => {
          const layer = join(
            machine.base,
            '..',
            `a layer, with: a name that is long ${'x'.repeat(80)} ${index}`,
          );
          await mkdir(layer);
          await writeFile(join(layer, 'top'), String(index));
          return layer;
        }),
      );
      const output = await printed('cat /top; echo; echo new > /top; cat /top', {
        layers: [machine.layer, ...layers],
      });
      expect(output).toEqual(['199', 'new']);
      expect(await readFile(join(layers[199] ?? '', 'top'), 'utf8')).toBe('199');
    });

    it('binds the given files over the image', async () => {
      const file = {
        path: '/etc/made/hosts',
        content: Buffer.from('10.0.0.1 web\n').toString('base64'),
        mode: 0o640,
      };
      const output = await printed('cat /etc/made/hosts; stat -c %a /etc/made/hosts', { files: [file] });
      expect(output).toEqual(['10.0.0.1 web', '640']);
    });

    it('refuses a workload without layers', async () => {
      const spec = machine.spec('patient', { layers: [] });
      await expect(driver.ensure(spec)).rejects.toMatchObject({ kind: 'bad-request' });
      made.push(await driver.ensure({ ...spec, layers: [machine.layer] }));
    });
  });

  it('keeps a workload on the processors that it was given', async () => {
    const cpuset = { cpus: [1], mems: [0] };
    const resources = { cpu: null, memory: 64, pids: 50, cpuset };
    expect(await printed("grep Cpus_allowed_list /proc/self/status | tr '\\t' ' '", { resources })).toEqual([
      'Cpus_allowed_list: 1',
    ]);
  });

  describe('disks', () => {
    const limited = { cpu: null, memory: 64, pids: 50, disk: 1 };
    const loops = async () =>
      (await exec('losetup', ['--list', '--noheadings', '--output', 'BACK-FILE'])).stdout;

    it('hold so much and no more, and what is freed may be written again', async () => {
      const script = `exec 2>&1; busybox fallocate -l 900M /a && echo first; busybox fallocate -l 900M /b && echo second
        rm -f /a /b; busybox fallocate -l 900M /c && echo third; busybox df -m / | tail -n 1`;
      const output = await printed(script, { resources: limited });
      expect(output[0]).toBe('first');
      expect(output[1]).toMatch(/No space left/);
      expect(output[2]).toBe('third');
      const [, size] = (output[3] ?? '').trim().split(/\s+/);
      expect(Number(size)).toBeGreaterThan(900);
      expect(Number(size)).toBeLessThanOrEqual(1024);
    });

    it('take of the machine what is written, and nothing once the workload is gone', async () => {
      const handle = await run(machine.spec('patient', { resources: { ...limited, disk: 100 } }));
      const image = join(machine.base, 'workloads', handle.id, 'disk.img');
      const { stdout } = await exec('du', ['--block-size=1M', image]);
      expect(Number(stdout.split('\t')[0])).toBeLessThan(64);
      expect(await loops()).toContain(image);
      await driver.remove(handle);
      made.pop();
      await vi.waitFor(async () => expect(await loops()).not.toContain(machine.base));
    });

    it('keep what was written over stops, a new node and the end of the machine', async () => {
      const handle = await run(machine.spec('patient', { resources: limited }));
      const say = async (text: string) =>
        (await driver.exec.run(handle, { args: ['sh', '-c', text], timeoutSeconds: 10, maxOutput: 4096 }))
          .output;
      await say('echo kept > /kept; sync');
      await driver.stop(handle, 0);
      const { rootfs, disk } = workloadLayout(hostLayout(machine.base), handle.id);
      await exec('umount', [rootfs]);
      await exec('umount', [disk]);
      await driver.close();
      driver = machine.open();
      await driver.start(handle);
      expect(await say('cat /kept; busybox fallocate -l 2G /more || echo full')).toMatch(
        /^kept\n[^]*full\n$/,
      );
    });
  });

  describe('processes', () => {
    it('have the environment, folder, host name and user of the spec', async () => {
      const changes = { env: { COLOUR: 'blue' }, workdir: '/tmp', user: 'ann', hostname: 'jar' };
      const output = await printed(
        'echo $COLOUR $HOME $HOSTNAME; pwd; hostname; id -u; id -g; id -G',
        changes,
      );
      expect(output).toEqual(['blue /home/ann jar', '/tmp', 'jar', '1000', '100', '100 10']);
    });

    it('are joined by commands of the same user, folder and environment', async () => {
      const handle = await run(
        machine.spec('patient', { env: { COLOUR: 'blue' }, workdir: '/tmp', user: 'ann' }),
      );
      const args = ['sh', '-c', 'echo $COLOUR; pwd; id -u; id -G; echo late > /dev/stderr'];
      const outcome = await driver.exec.run(handle, { args, timeoutSeconds: 10, maxOutput: 4096 });
      expect(outcome).toEqual({ output: 'blue\n/tmp\n1000\n100 10\nlate\n', exitCode: 0 });
    });

    it('run no command that is no program', async () => {
      const handle = await run(machine.spec('patient'));
      const outcome = await driver.exec.run(handle, {
        args: ['/etc/passwd'],
        timeoutSeconds: 10,
        maxOutput: 4096,
      });
      expect(outcome).toEqual({ output: expect.stringContaining('denied'), exitCode: 126 });
    });

    it('get a terminal when the spec says so', async () => {
      const output = await printed('test -t 0 && test -t 1 && echo $TERM', { tty: true });
      expect(output.map((line) => line.trimEnd())).toEqual(['xterm']);
    });

    it('keep their input open when the spec says so', async () => {
      expect(await printed('cat; echo closed')).toEqual(['closed']);
      const handle = await run(machine.shell('echo open; cat; echo closed', { stdin: true }));
      await vi.waitFor(async () => expect(await lines(handle)).toHaveLength(1));
      expect((await driver.inspect(handle)).status).toBe('running');
    });

    it('are told the size of their terminal, workload and command alike', async () => {
      const handle = await run(machine.shell('read line; stty size', { tty: true, stdin: true }));
      const joined = await driver.attach.join(handle);
      await driver.attach.resize(handle, { rows: 44, columns: 111 });
      joined.stream.write('go\n');
      const told = text(joined.stream);
      await joined.ended;
      expect(await told).toContain('44 111');
      const other = await run(machine.spec('patient'));
      const command = {
        args: ['sh', '-c', 'stty size; read line; stty size'],
        terminal: { rows: 20, columns: 70 },
      };
      const opened = await driver.exec.open?.(other, command);
      if (!opened) throw new Error('crun opened no console');
      await opened.resize({ rows: 55, columns: 222 });
      opened.stream.write('go\n');
      expect(await text(opened.stream)).toContain('55 222');
      expect(await opened.ended).toBe(0);
    });

    it('are told by the kernel when they used too much memory', async () => {
      const resources = { cpu: null, memory: 16, pids: 50 };
      const handle = await run(machine.spec('patient', { args: ['tail', '/dev/zero'], resources }));
      await ended(handle);
      expect(await driver.inspect(handle)).toMatchObject({ exitCode: 137, oomKilled: true });
    });

    it('keep the newest lines, all whole, when they wrote more than the log may hold', async () => {
      const text = 'for i in $(seq 1000); do echo line $i; done';
      const output = await printed(text, { log: { maxBytes: 10_000 } });
      const expected = Array.from(
        { length: output.length },
        (_, index) => `line ${1001 - output.length + index}`,
      );
      expect(output.length).toBeGreaterThan(0);
      expect(output).toEqual(expected);
    });

    it('lose no line when the log was replaced once', async () => {
      const text = `for i in $(seq 30000); do echo "line $i ${'x'.repeat(40)}"; done`;
      const output = await printed(text, { log: { maxBytes: 2 << 20 } });
      expect(output.map((line) => line.split(' ')[1])).toEqual(
        Array.from({ length: 30_000 }, (_, index) => String(index + 1)),
      );
    });

    it('have the older part of their log kept though nobody reads it', async () => {
      const script = 'head -c 1600000 /dev/zero | tr "\\0" x | fold -w 100; sleep 60';
      const handle = await run(machine.shell(script, { log: { maxBytes: 1_500_000 } }));
      const workload = join(machine.base, 'workloads', handle.id);
      await vi.waitFor(async () => expect(await readdir(workload)).toContain('log.1'), { timeout: 10_000 });
    });

    it('write long lines whole', async () => {
      const [line] = await printed("dd if=/dev/zero bs=20000 count=1 2>/dev/null | tr '\\0' x; echo");
      expect(line).toHaveLength(20_000);
    });
  });

  describe('confinement', () => {
    const CHECK = `
      grep -E '^(NoNewPrivs|Seccomp|CapEff):' /proc/self/status
      cat /proc/kcore 2>/dev/null | head -c 1; (echo 1 > /proc/sys/kernel/panic) 2>/dev/null && echo panic
      mkdir /tmp/m; mount -t tmpfs none /tmp/m 2>/dev/null && echo mounted; unshare -U true 2>/dev/null && echo unshared
      touch /sys/x 2>/dev/null && echo sys; mknod /tmp/d b 254 0 && (cat /tmp/d 2>/dev/null && echo device)
      echo done`;

    it('keeps a workload from the host', async () => {
      const output = await printed(CHECK);
      expect(output.map((line) => line.replaceAll('\t', ' '))).toEqual([
        'CapEff: 00000000a80425fb',
        'NoNewPrivs: 1',
        'Seccomp: 2',
        'done',
      ]);
    });

    it('holds for the second workload, whose filter is a kept one, and for commands', async () => {
      await printed('true');
      const handle = await run(machine.spec('patient'));
      const config = await readFile(join(machine.base, 'workloads', handle.id, 'config.json'), 'utf8');
      expect(config).toContain('run.oci.seccomp_bpf_data');
      const outcome = await driver.exec.run(handle, {
        args: ['sh', '-c', CHECK],
        timeoutSeconds: 10,
        maxOutput: 4096,
      });
      expect(outcome.output.replaceAll('\t', ' ')).toBe(
        'CapEff: 00000000a80425fb\nNoNewPrivs: 1\nSeccomp: 2\ndone\n',
      );
    });

    it('is lifted for a privileged one', async () => {
      const output = await printed(
        'mkdir /tmp/m; mount -t tmpfs none /tmp/m && echo mounted; grep Seccomp: /proc/self/status',
        {
          privileged: true,
        },
      );
      expect(output).toEqual(['mounted', 'Seccomp:\t0']);
    });

    it('limits the number of processes', async () => {
      const handle = await run(machine.spec('patient', { resources: { cpu: 0.5, memory: 64, pids: 3 } }));
      const args = ['sh', '-c', 'sleep 9 & sleep 9 & sleep 9 & echo made'];
      const outcome = await driver.exec.run(handle, { args, timeoutSeconds: 10, maxOutput: 4096 });
      expect(outcome.output).not.toContain('made');
    });

    it('does not follow the links of an image out of it', async () => {
      await rm(join(machine.layer, 'etc/passwd'));
      await symlink('/../../../../../../../../etc/passwd', join(machine.layer, 'etc/passwd'));
      await expect(driver.ensure(machine.spec('patient', { user: 'daemon' }))).rejects.toMatchObject({
        message: 'unable to find user daemon: no matching entries in passwd file',
      });
    });

    it('refuses an id that is a path', async () => {
      await expect(driver.ensure(machine.spec('patient', { id: '../x' }))).rejects.toMatchObject({
        kind: 'bad-request',
      });
    });
  });
});
