import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { exec } from '#kernel/exec.ts';
import { buildAgent } from '#drivers/runtime/clear/agent/build.ts';
import { encodeRecords, type Records } from '#drivers/runtime/clear/agent/records.ts';
import { findParts } from '#drivers/runtime/clear/machine/parts.ts';
import { Templates } from '#drivers/runtime/clear/machine/templates.ts';
import type { ConmonRuntime } from '#drivers/runtime/conmon/driver.ts';
import type { RuntimeHandle, WorkloadSpec } from '#drivers/runtime/driver.ts';
import { ClearMachine, PARTS, removeTemplates, TEMPLATES } from './runtime-clear-machine.ts';

const EVERYTHING = { stdout: true, stderr: true, tail: null, since: null };
const PATIENT = { timeout: 30_000 };

afterAll(removeTemplates);

describe('machines of containers', () => {
  let machine: ClearMachine;
  let driver: ConmonRuntime;
  let made: RuntimeHandle[];

  beforeEach(async () => {
    machine = await ClearMachine.make();
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

  const run = async (script: string, changes: Partial<WorkloadSpec> = {}): Promise<RuntimeHandle> => {
    const handle = await driver.ensure(machine.shell(script, changes));
    made.push(handle);
    await driver.start(handle);
    return handle;
  };
  const ended = (handle: RuntimeHandle) =>
    vi.waitFor(async () => {
      const state = await driver.inspect(handle);
      expect(state.status).toBe('stopped');
      return state;
    }, PATIENT);
  const lines = async (handle: RuntimeHandle): Promise<readonly string[]> =>
    (await Array.fromAsync(driver.logs.read(handle, EVERYTHING))).map(({ text }) => text);
  const said = async (handle: RuntimeHandle, command: string): Promise<string> =>
    (await driver.exec.run(handle, { args: ['sh', '-c', command], timeoutSeconds: 20, maxOutput: 65_536 }))
      .output;

  it("have a kernel of their own, and what is nobody else's: random numbers, names of the boot, the machine and the host, and the right time", async () => {
    await writeFile(join(machine.layer, 'etc/machine-id'), '');
    const both = await Promise.all(['one', 'two'].map((hostname) => run('sleep 1000', { hostname })));
    const seen = await Promise.all(
      both.map(async (handle) =>
        (
          await said(
            handle,
            'cat /proc/sys/kernel/random/uuid /proc/sys/kernel/random/boot_id /etc/machine-id; hostname; head -c 16 /dev/urandom | od -An -tx1',
          )
        )
          .split('\n')
          .filter(Boolean),
      ),
    );
    const [first = [], second = []] = seen;
    expect(first).toHaveLength(5);
    for (const [index, value] of first.entries()) expect(value).not.toBe(second[index]);
    expect((await said(both[0] as RuntimeHandle, 'uname -r')).trim()).not.toBe(release());
    const off = Number(await said(both[0] as RuntimeHandle, 'date +%s')) - Date.now() / 1000;
    expect(Math.abs(off)).toBeLessThan(3);
  });

  it('confine their workload as the other runtimes do', async () => {
    const handle = await run(
      'grep -E "^(NoNewPrivs|Seccomp|CapEff):" /proc/self/status; (echo 1 > /proc/sys/kernel/panic) 2>/dev/null && echo panic; touch /sys/x 2>/dev/null && echo sys; echo done',
      { user: '' },
    );
    await ended(handle);
    expect((await lines(handle)).map((line) => line.replaceAll('\t', ' '))).toEqual([
      'CapEff: 00000000a80425fb',
      'NoNewPrivs: 1',
      'Seccomp: 2',
      'done',
    ]);
  });

  it('keep what was written over a stop', async () => {
    const handle = await run('cat /kept 2>/dev/null || echo nothing; exec sleep 1000');
    await vi.waitFor(async () => expect(await lines(handle)).toEqual(['nothing']), PATIENT);
    await said(handle, 'echo kept > /kept');
    await driver.stop(handle, 0);
    await driver.start(handle);
    await vi.waitFor(async () => expect(await lines(handle)).toEqual(['nothing', 'kept']), PATIENT);
  });

  describe('whose guest is bad', () => {
    /** A neighbour that must not notice, before and after. */
    const beside = async (bad: () => Promise<void>): Promise<void> => {
      const neighbour = await run('sleep 1000');
      await bad();
      expect((await said(neighbour, 'echo well')).trim()).toBe('well');
    };

    it('end with a clear status when memory runs out', () =>
      beside(async () => {
        const state = await ended(await run('exec tail /dev/zero'));
        expect(state).toMatchObject({ exitCode: 137, oomKilled: true });
      }));

    it('hold as many processes as they may', () =>
      beside(async () => {
        const resources = { cpu: null, memory: 64, pids: 20 };
        const handle = await run('(for i in $(seq 60); do sleep 50 & done) 2>/dev/null; exec sleep 1000', {
          resources,
        });
        await vi.waitFor(
          async () => expect((await driver.top.list(handle, null)).processes.length).toBeGreaterThan(10),
          PATIENT,
        );
        expect((await driver.top.list(handle, null)).processes.length).toBeLessThanOrEqual(20);
        await driver.stop(handle, 0);
      }));

    it('can say no end of things, and are stopped all the same', () =>
      beside(async () => {
        const handle = await run('exec yes', { log: { maxBytes: 1 << 20, maxFiles: 2 } });
        await new Promise((resolve) => setTimeout(resolve, 2000));
        await driver.stop(handle, 0);
        expect(await driver.inspect(handle)).toMatchObject({ status: 'stopped', exitCode: 137 });
      }));

    it.each([
      ['crash their kernel', 'c'],
      ['reset themselves', 'b'],
    ])('end when they %s', (_, key) =>
      beside(async () => {
        const handle = await run(
          `echo begin; sleep 1; echo 1 > /proc/sys/kernel/sysrq; echo ${key} > /proc/sysrq-trigger; sleep 1000`,
          { privileged: true },
        );
        expect(await ended(handle)).toMatchObject({ exitCode: 255, oomKilled: false });
        expect((await lines(handle)).at(-1)).toMatch(/^hydria: the machine ended: /);
      }),
    );
  });
});

describe('the shim of a machine', () => {
  let folder: string;

  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'hydria-shim-'))));
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** A machine that is a shell script: what it says comes out of the agent's port. */
  const create = async (script: string) => {
    const program = await buildAgent(PARTS);
    const plan: Records = [
      ['arg', '/bin/sh'],
      ['arg', '-c'],
      ['arg', script],
      ['socket', join(folder, 'sock')],
      ['seconds', 5],
    ];
    await writeFile(join(folder, 'machine'), encodeRecords(plan));
    return exec(program, ['create', '--bundle', folder, '--pid-file', join(folder, 'pid'), 'x'], {
      okCodes: [0, 70],
    });
  };

  it.each([
    [
      'says what is no frame',
      'echo this is no frame of the protocol >&{agent}; sleep 60',
      /says what is no frame/,
    ],
    [
      'says more than a frame may hold',
      'head -c 100000 /dev/zero | tr "\\0" "\\247" >&{agent}; sleep 60',
      /says what is no frame/,
    ],
    ['says nothing', 'sleep 60', /did not begin in time/],
    ['ends at once', 'echo why >&2; exit 1', /the machine ended: .*why/s],
  ])('ends one that %s, in words', async (_, script, words) => {
    const { code, stderr } = await create(script);
    expect(code).toBe(70);
    expect(stderr).toMatch(words);
    expect(await readdir(folder)).not.toContain('pid');
    expect(await readFile(join(folder, 'reason'), 'utf8')).toMatch(words);
  });
});

describe('templates', () => {
  it('that were cut off are never used, and go', async () => {
    const directory = join(TEMPLATES, 'cut');
    const parts = await findParts(PARTS);
    const templates = new Templates(directory);
    const shape = { memory: 128, cpus: 1, disks: 0, interfaces: 0 };
    const { directory: whole } = await templates.find(parts, shape);
    const draft = `${whole}.draft-cut`;
    await mkdir(draft);
    await writeFile(join(draft, 'memory'), 'half');
    await templates.sweep(parts);
    expect(await readdir(directory)).toEqual([whole.slice(directory.length + 1)]);
    expect((await new Templates(directory).find(parts, shape)).directory).toBe(whole);
  });
});
