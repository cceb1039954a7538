import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { exec } from '#kernel/exec.ts';
import { runtimeContract } from '#drivers/runtime/contract.ts';
import { DockerRuntime } from '#drivers/runtime/docker/driver.ts';
import type { RuntimeHandle, WorkloadSpec } from '#drivers/runtime/driver.ts';
import { DockerDaemon } from './docker-daemon.ts';
import { makeLayer } from './runtime-crun-machine.ts';
import { DockerMachine } from './runtime-docker-machine.ts';

let daemon: DockerDaemon;
let layer: string;

beforeAll(async () => {
  daemon = await DockerDaemon.make();
  layer = join(daemon.root, 'layer');
  await makeLayer(layer);
});

afterAll(async () => {
  await daemon[Symbol.asyncDispose]();
});

runtimeContract('docker', () => DockerMachine.make(daemon, layer));

const EVERYTHING = { stdout: true, stderr: true, tail: null, since: null };

describe('Docker on this machine', () => {
  let machine: DockerMachine;
  let driver: DockerRuntime;
  let made: RuntimeHandle[];

  beforeEach(async () => {
    machine = await DockerMachine.make(daemon, layer);
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

  const ensure = async (spec: WorkloadSpec): Promise<RuntimeHandle> => {
    const handle = await driver.ensure(spec);
    made.push(handle);
    return handle;
  };
  const run = async (spec: WorkloadSpec): Promise<RuntimeHandle> => {
    const handle = await ensure(spec);
    await driver.start(handle);
    return handle;
  };
  const lines = async (handle: RuntimeHandle): Promise<readonly string[]> =>
    (await Array.fromAsync(driver.logs.read(handle, EVERYTHING))).map(({ text }) => text);
  const ended = (handle: RuntimeHandle) =>
    vi.waitFor(async () => expect((await driver.inspect(handle)).status).toBe('stopped'), {
      timeout: 20_000,
    });
  const rerun = async (handle: RuntimeHandle): Promise<readonly string[]> => {
    const before = (await lines(handle)).length;
    await driver.start(handle);
    await ended(handle);
    return (await lines(handle)).slice(before);
  };
  /** What a workload that runs this shell text prints. */
  const printed = async (text: string, changes: Partial<WorkloadSpec> = {}): Promise<readonly string[]> =>
    rerun(await ensure(machine.shell(text, changes)));

  const NAMESPACE = 'ls -l /proc/self/ns/net';
  const namespaceOf = (text: string): string => /net:\[\d+\]/.exec(text)?.[0] ?? text;
  const inNetns = async (netns: string): Promise<string> =>
    namespaceOf((await exec('nsenter', [`--net=${netns}`, ...NAMESPACE.split(' ')])).stdout);

  describe('networks', () => {
    it('are those that the node made, and another one after it was made anew', async () => {
      const spec = machine.shell(NAMESPACE);
      const handle = await ensure(spec);
      const first = await inNetns(machine.netns);
      expect((await rerun(handle)).map(namespaceOf)).toEqual([first]);
      await machine.renewNetns();
      const second = await inNetns(machine.netns);
      expect(second).not.toBe(first);
      expect((await rerun(handle)).map(namespaceOf)).toEqual([second]);
    });

    it('come back when the process that holds the namespace was killed', async () => {
      const handle = await run(machine.spec('patient'));
      await daemon.docker('kill', `hydria-${handle.id}-net`);
      expect((await driver.inspect(handle)).status).toBe('running');
      await driver.stop(handle, 10);
      await driver.start(handle);
      const outcome = await driver.exec.run(handle, {
        args: NAMESPACE.split(' '),
        timeoutSeconds: 10,
        maxOutput: 4096,
      });
      expect(namespaceOf(outcome.output)).toBe(await inNetns(machine.netns));
    });

    it('let every user listen at low ports', async () => {
      const handle = await run(machine.shell('nc -l -p 80 & sleep 1; kill $!', { user: 'ann' }));
      await ended(handle);
      expect((await lines(handle)).join()).not.toMatch(/denied|not permitted/);
    });
  });

  describe('crashes', () => {
    it('of Docker end no workload, and its end is seen afterwards', async () => {
      const handle = await run(machine.spec('patient'));
      const before = await driver.inspect(handle);
      await daemon.kill();
      await expect(driver.inspect(handle)).rejects.toMatchObject({ kind: 'unavailable', retryable: true });
      expect(await driver.probe()).toMatchObject({
        usable: false,
        reason: expect.stringContaining('dockerd'),
      });
      process.kill(before.pid ?? 0, 0);
      await daemon.start();
      expect(await driver.recover(handle)).toEqual(before);
      const seen = new AbortController();
      const told = (async () => {
        for await (const { id, state } of driver.events(seen.signal))
          if (id === handle.id && state.status === 'stopped') return state;
        throw new Error('no end was told');
      })();
      process.kill(before.pid ?? 0, 'SIGKILL');
      expect(await told).toMatchObject({ exitCode: 137 });
      seen.abort();
    });

    it('of the node end none', async () => {
      const handle = await run(machine.spec('patient'));
      const { pid } = await driver.inspect(handle);
      await driver.close();
      driver = machine.open();
      expect(await driver.recover(handle)).toMatchObject({ status: 'running', pid });
    });
  });

  describe('root file systems', () => {
    it('keep what was written when the workload is made anew with another command', async () => {
      const spec = machine.shell('echo kept > /tmp/note');
      await rerun(await ensure(spec));
      const args = ['sh', '-c', 'cat /tmp/note; echo $COLOUR'];
      const handle = await ensure({ ...spec, args, env: { COLOUR: 'blue' } });
      expect((await driver.inspect(handle)).status).toBe('created');
      expect(await rerun(handle)).toEqual(['kept', 'blue']);
    });

    it('are of all layers, later ones over earlier ones', async () => {
      const upper = join(machine.base, 'upper');
      await mkdir(join(upper, 'etc'), { recursive: true });
      await writeFile(join(upper, 'etc/group'), 'over\n');
      await exec('mknod', [join(upper, 'home'), 'c', '0', '0']); // overlayfs' sign of what was removed
      expect(await printed('cat /etc/group; ls /home 2>&1', { layers: [layer, upper] })).toEqual([
        'over',
        expect.stringMatching(/No such file/),
      ]);
    });

    it('are copied to Docker once, and go with their layers', async () => {
      const own = join(machine.base, 'own');
      await makeLayer(own);
      const copies = async () =>
        (await daemon.docker('images', '--quiet', 'hydria/rootfs')).stdout.split('\n');
      await driver.copies.sweep(); // of the tests before
      const before = await copies();
      for (const _ of ['first', 'second'])
        await driver.remove(await ensure(machine.spec('patient', { layers: [own] })));
      expect(await copies()).toHaveLength(before.length + 1);
      await driver.copies.sweep();
      expect(await copies()).toHaveLength(before.length + 1);
      await rm(own, { recursive: true });
      await driver.copies.sweep();
      expect((await copies()).toSorted()).toEqual(before.toSorted());
    });

    it('refuse a workload without layers', async () => {
      await expect(driver.ensure(machine.spec('patient', { layers: [] }))).rejects.toMatchObject({
        kind: 'bad-request',
      });
    });

    it('have the files and directories that are bound into them', async () => {
      const data = join(machine.base, 'data');
      await mkdir(data);
      await writeFile(join(data, 'known'), 'known\n');
      const file = (path: string, text: string) => ({
        path,
        content: Buffer.from(text).toString('base64'),
        mode: 0o640,
        owner: { uid: 7, gid: 8 },
      });
      const seen = await printed(
        'exec 2>&1; cat /etc/hosts /srv/data/known /srv/own; stat -c %a:%u:%g /srv/own; touch /srv/data/x',
        {
          mounts: [{ source: data, destination: '/srv/data', readOnly: true }],
          files: [file('/etc/hosts', '10.0.0.1 web\n'), file('/srv/own', 'own\n')],
        },
      );
      expect(seen).toEqual([
        '10.0.0.1 web',
        'known',
        'own',
        '640:7:8',
        expect.stringMatching(/Read-only file system/),
      ]);
    });
  });

  describe('processes', () => {
    it('have the environment, folder, host name and user of the spec', async () => {
      const changes = { env: { COLOUR: 'blue' }, workdir: '/tmp', user: 'ann', hostname: 'jar' };
      const text = 'echo $COLOUR $HOME $HOSTNAME; pwd; hostname; id -u; id -g; id -G';
      expect(await printed(text, changes)).toEqual([
        'blue /home/ann jar',
        '/tmp',
        'jar',
        '1000',
        '100',
        '100 10',
      ]);
    });

    it('are told by the kernel when they used too much memory', async () => {
      const resources = { cpu: null, memory: 64, pids: 50 };
      const handle = await run(machine.spec('patient', { args: ['tail', '/dev/zero'], resources }));
      await ended(handle);
      // Docker may hear of the end before it hears of the reason.
      await vi.waitFor(async () =>
        expect(await driver.inspect(handle)).toMatchObject({ exitCode: 137, oomKilled: true }),
      );
    });

    it('write long lines whole, and keep the newest when they wrote more than the log may hold', async () => {
      const long = await printed("dd if=/dev/zero bs=40000 count=1 2>/dev/null | tr '\\0' x; echo");
      expect(long).toEqual(['x'.repeat(40_000)]);
      const many = await printed('for i in $(seq 1000); do echo line $i; done', {
        log: { maxBytes: 20_000 },
      });
      expect(many.length).toBeLessThan(1000);
      expect(many).toEqual(Array.from(many, (_, index) => `line ${1001 - many.length + index}`));
    });

    it('are kept from the host', async () => {
      const check = `
        grep -E '^(NoNewPrivs|Seccomp|CapEff):' /proc/self/status
        mkdir /tmp/m; mount -t tmpfs none /tmp/m 2>/dev/null && echo mounted; unshare -U true 2>/dev/null && echo unshared
        touch /sys/x 2>/dev/null && echo sys; mknod /tmp/d b 254 0 && (cat /tmp/d 2>/dev/null && echo device)
        echo done`;
      expect((await printed(check)).map((line) => line.replaceAll('\t', ' '))).toEqual([
        'CapEff: 00000000a80425fb',
        'NoNewPrivs: 1',
        'Seccomp: 2',
        'done',
      ]);
    });
  });

  it('says what is missing where there is no dockerd', async () => {
    const nobody = new DockerRuntime({ base: machine.base, socket: join(machine.base, 'nothing') });
    expect(await nobody.probe()).toEqual({ usable: false, reason: expect.stringContaining('docker.io') });
    await expect(nobody.ensure(machine.spec('patient'))).rejects.toMatchObject({ kind: 'unavailable' });
    await nobody.close();
  });

  it('refuses an id that is a path', async () => {
    await expect(driver.ensure(machine.spec('patient', { id: '../x' }))).rejects.toMatchObject({
      kind: 'bad-request',
    });
  });
});
