import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { archiveContract } from './archive/contract.ts';
import { consoleContract } from './consoles/contract.ts';
import type { LogQuery, RuntimeDriver, RuntimeEvent, RuntimeHandle, WorkloadSpec } from './driver.ts';

/**
 * What the contract runs. As a workload's program: `patient` says `ready` and runs until SIGTERM, then ends with 0; `stubborn` says
 * `ready` and ignores SIGTERM; `failing` ends with 3; `talking` says one (stdout), two (stderr), three (stdout) and ends with 0;
 * `missing` is not there; `echoing` writes each line that it reads, and ends with 0 when it reads `bye`. As a command: `talking`,
 * `failing`, `missing`, `echoing`, and `hanging`, which does not end.
 */
export type Program = 'patient' | 'stubborn' | 'failing' | 'talking' | 'missing' | 'echoing' | 'hanging';

export interface RuntimeHarness {
  /** A driver, new each time, over the same machine: what a restarted node has. */
  open(): RuntimeDriver;
  /** A runnable spec with an id of its own, 64 MiB of memory, SIGTERM as its stop signal. */
  spec(program: Program, changes?: Partial<WorkloadSpec>): WorkloadSpec;
  args(program: Program): readonly string[];
  /** The number of a workload's first process where it is not the host's. */
  readonly firstPid?: number;
  /** Whatever the driver has left on the machine, by name. */
  leaks(): Promise<readonly string[]>;
  dispose(): Promise<void>;
}

const EVERYTHING: LogQuery = { stdout: true, stderr: true, tail: null, since: null };
const STOP_SECONDS = 10;

/** The suite that every runtime passes. Optional abilities are tested where the driver has them. */
export function runtimeContract(name: string, makeHarness: () => Promise<RuntimeHarness>): void {
  describe(`the ${name} runtime`, () => {
    let harness: RuntimeHarness;
    let driver: RuntimeDriver;
    let made: RuntimeHandle[];

    beforeEach(async () => {
      harness = await makeHarness();
      driver = harness.open();
      made = [];
    });

    afterEach(async () => {
      try {
        for (const handle of made) await driver.remove(handle);
        expect(await harness.leaks()).toEqual([]);
      } finally {
        await driver.close();
        await harness.dispose();
      }
    });

    const ensure = async (program: Program, changes: Partial<WorkloadSpec> = {}): Promise<RuntimeHandle> => {
      const handle = await driver.ensure(harness.spec(program, changes));
      made.push(handle);
      return handle;
    };

    /** Started, and for the ones that say so, ready for signals. */
    const run = async (program: Program, changes: Partial<WorkloadSpec> = {}): Promise<RuntimeHandle> => {
      const handle = await ensure(program, changes);
      await driver.start(handle);
      if (program === 'patient' || program === 'stubborn')
        await vi.waitFor(async () => expect(await texts(handle)).toContain('ready'), { timeout: 10_000 });
      return handle;
    };

    const runToEnd = async (program: Program): Promise<RuntimeHandle> => {
      const handle = await ensure(program);
      const ended = eventOf(driver, handle, 'stopped');
      await driver.start(handle);
      await ended;
      return handle;
    };

    const texts = async (
      handle: RuntimeHandle,
      query: Partial<LogQuery> = {},
    ): Promise<readonly string[]> => {
      const lines = await Array.fromAsync(driver.logs?.read(handle, { ...EVERYTHING, ...query }) ?? []);
      return lines.map((line) => line.text);
    };

    const restartNode = async (): Promise<void> => {
      await driver.close();
      driver = harness.open();
    };

    describe('mounts', () => {
      const at = (destination: string) => ({ source: '/var/empty', destination, readOnly: true });

      it.each(['/', '/proc', '/sys/fs', '/dev/shm', '/data/../etc', 'data'])(
        'refuses %s as a destination, and leaves nothing',
        async (destination) => {
          const made = driver.ensure(harness.spec('patient', { mounts: [at(destination)] }));
          await expect(made).rejects.toMatchObject({ kind: 'bad-request' });
          expect(await harness.leaks()).toEqual([]);
        },
      );

      it('refuses one destination for two', async () => {
        const mounts = [at('/data'), at('/data/')];
        await expect(driver.ensure(harness.spec('patient', { mounts }))).rejects.toMatchObject({
          kind: 'bad-request',
        });
      });
    });

    describe('making and starting', () => {
      it('can say that this machine runs it, and which version it is', async () => {
        expect(await driver.probe()).toMatchObject({ usable: true });
        expect(driver.describe().name).toBe(driver.name);
      });

      it('makes a workload that is created and does not run', async () => {
        const handle = await ensure('patient');
        expect(await driver.inspect(handle)).toMatchObject({ status: 'created', pid: null, exitCode: null });
      });

      it('gives the same handle for the same workload, and one that survives being stored', async () => {
        const spec = harness.spec('patient');
        const first = await driver.ensure(spec);
        made.push(first);
        expect(await driver.ensure(spec)).toEqual(first);
        expect(JSON.parse(JSON.stringify(first))).toEqual(first);
      });

      it('starts it once, however often it is told', async () => {
        const handle = await run('patient');
        const before = await driver.inspect(handle);
        await driver.start(handle);
        expect(before).toMatchObject({ status: 'running', exitCode: null, finishedAt: null });
        expect(before.pid).toBeGreaterThan(0);
        expect(await driver.inspect(handle)).toEqual(before);
      });

      it('leaves a running workload alone when it is ensured again', async () => {
        const spec = harness.spec('patient');
        made.push(await driver.ensure(spec));
        const handle = await driver.ensure(spec);
        await driver.start(handle);
        const { pid } = await driver.inspect(handle);
        await driver.ensure(spec);
        expect((await driver.inspect(handle)).pid).toBe(pid);
      });

      it('refuses a user whom the image does not know, and leaves nothing of the attempt', async () => {
        await expect(ensure('patient', { user: 'nobody-knows' })).rejects.toMatchObject({
          kind: 'bad-request',
          message: 'unable to find user nobody-knows: no matching entries in passwd file',
        });
        expect(await harness.leaks()).toEqual([]);
      });

      it('refuses a program that the image does not have, in words, as often as it is tried', async () => {
        const handle = await ensure('missing');
        for (const attempt of [1, 2])
          await expect(driver.start(handle), `attempt ${attempt}`).rejects.toMatchObject({
            kind: 'bad-request',
            message: expect.stringMatching(/executable file .* not found/),
          });
        expect(await driver.inspect(handle)).toMatchObject({ status: 'created', pid: null });
      });

      it('refuses to start what is not there', async () => {
        const handle = await ensure('patient');
        await driver.remove(handle);
        await expect(driver.start(handle)).rejects.toMatchObject({ kind: 'not-found' });
      });
    });

    describe('ending', () => {
      it('tells the exit code of a program that ends by itself', async () => {
        const handle = await runToEnd('failing');
        const state = await driver.inspect(handle);
        expect(state).toMatchObject({ status: 'stopped', pid: null, exitCode: 3, oomKilled: false });
        expect(Date.parse(state.finishedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(state.startedAt ?? ''));
      });

      it('runs an ended workload again, with an empty exit code', async () => {
        const handle = await run('patient');
        await driver.stop(handle, STOP_SECONDS);
        await driver.start(handle);
        expect(await driver.inspect(handle)).toMatchObject({
          status: 'running',
          exitCode: null,
          finishedAt: null,
        });
      });

      it('stops a workload with its signal, and is content when it has already ended', async () => {
        const handle = await run('patient');
        await driver.stop(handle, STOP_SECONDS);
        const stopped = await driver.inspect(handle);
        expect(stopped).toMatchObject({ status: 'stopped', exitCode: 0 });
        await driver.stop(handle, STOP_SECONDS);
        expect(await driver.inspect(handle)).toEqual(stopped);
      });

      it('kills a workload that does not mind its stop signal', async () => {
        const handle = await run('stubborn');
        await driver.stop(handle, 0.2);
        expect(await driver.inspect(handle)).toMatchObject({ status: 'stopped', exitCode: 137 });
      });

      it('is content to stop what was never started', async () => {
        const handle = await ensure('patient');
        await driver.stop(handle, STOP_SECONDS);
        expect(await driver.inspect(handle)).toMatchObject({ status: 'created', exitCode: null });
      });

      it('removes a running workload, twice', async () => {
        const handle = await run('stubborn');
        await driver.remove(handle);
        expect(await driver.inspect(handle)).toMatchObject({ status: 'absent', pid: null });
        expect(await harness.leaks()).toEqual([]);
        await driver.remove(handle);
      });

      it('makes a removed workload anew, without what the first one left', async () => {
        const spec = harness.spec('failing');
        const handle = await driver.ensure(spec);
        await driver.start(handle);
        await driver.remove(handle);
        made.push(await driver.ensure(spec));
        expect(await driver.inspect(handle)).toMatchObject({ status: 'created', exitCode: null });
        expect(await texts(handle)).toEqual([]);
      });
    });

    describe('after a restart of the node', () => {
      it('finds a running workload again', async () => {
        const handle = await run('patient');
        const before = await driver.inspect(handle);
        await restartNode();
        expect(await driver.recover(handle)).toEqual(before);
      });

      it('sees the exit that happened in between', async () => {
        const handle = await run('stubborn');
        const old = driver;
        driver = harness.open();
        await old.stop(handle, 0);
        await old.close();
        expect(await driver.recover(handle)).toMatchObject({ status: 'stopped', exitCode: 137 });
      });

      it('sees the exit that happens later', async () => {
        const handle = await run('patient');
        await restartNode();
        const ended = eventOf(driver, handle, 'stopped');
        await driver.recover(handle);
        await driver.stop(handle, STOP_SECONDS);
        expect((await ended).state.exitCode).toBe(0);
      });

      it('recovers what is created and what is absent as such', async () => {
        const handle = await ensure('patient');
        await restartNode();
        expect((await driver.recover(handle)).status).toBe('created');
        await driver.remove(handle);
        expect((await driver.recover(handle)).status).toBe('absent');
      });
    });

    describe('events', () => {
      it('tells of the start, the end and the removal', async () => {
        const handle = await ensure('patient');
        const [running, stopped, absent] = (['running', 'stopped', 'absent'] as const).map((status) =>
          eventOf(driver, handle, status),
        );
        await driver.start(handle);
        expect((await running)?.state.pid).toBeGreaterThan(0);
        await driver.stop(handle, 0);
        expect((await stopped)?.state.pid).toBeNull();
        await driver.remove(handle);
        await absent;
      });

      it('ends when its signal aborts, and when the driver is closed', async () => {
        const aborted = new AbortController();
        const events = [driver.events(aborted.signal), driver.events(new AbortController().signal)];
        const seen = events.map((source) => Array.fromAsync(source));
        aborted.abort();
        await driver.close();
        expect(await Promise.all(seen)).toEqual([[], []]);
      });
    });

    describe('signals', () => {
      it('sends one by name', async () => {
        const handle = await run('stubborn');
        const ended = eventOf(driver, handle, 'stopped');
        await driver.signal?.send(handle, 'SIGKILL');
        expect((await ended).state.exitCode).toBe(137);
      });

      it('refuses an unknown one, and one for what does not run', async () => {
        const handle = await ensure('patient');
        await expect(driver.signal?.send(handle, 'SIGNOT')).rejects.toMatchObject({ kind: 'bad-request' });
        await expect(driver.signal?.send(handle, 'SIGHUP')).rejects.toMatchObject({ kind: 'conflict' });
      });
    });

    describe('pausing', () => {
      it('pauses and resumes, each as often as it is told', async () => {
        const handle = await run('patient');
        const { pid } = await driver.inspect(handle);
        for (const status of ['paused', 'paused', 'running', 'running'] as const) {
          await (status === 'paused' ? driver.pause?.pause(handle) : driver.pause?.resume(handle));
          expect(await driver.inspect(handle)).toMatchObject({ status, pid });
        }
      });

      it('stops and removes a paused workload', async () => {
        const [stopped, removed] = [await run('patient'), await run('stubborn')];
        for (const handle of [stopped, removed]) await driver.pause?.pause(handle);
        await driver.stop(stopped, STOP_SECONDS);
        await driver.remove(removed);
        expect(await driver.inspect(stopped)).toMatchObject({ status: 'stopped', exitCode: 0 });
        expect(await driver.inspect(removed)).toMatchObject({ status: 'absent' });
      });

      it('refuses to pause what does not run', async () => {
        await expect(driver.pause?.pause(await ensure('patient'))).rejects.toMatchObject({
          kind: 'conflict',
        });
      });
    });

    describe('commands', () => {
      const command = (program: Program, timeoutSeconds = 10, maxOutput = 1 << 16) => ({
        args: harness.args(program),
        timeoutSeconds,
        maxOutput,
      });

      it('gives the output of both streams in order, and the exit code', async () => {
        const handle = await run('patient');
        expect(await driver.exec?.run(handle, command('talking'))).toEqual({
          output: 'one\ntwo\nthree\n',
          exitCode: 0,
        });
        expect((await driver.exec?.run(handle, command('failing')))?.exitCode).toBe(3);
      });

      it('keeps no more output than was asked for', async () => {
        const outcome = await driver.exec?.run(await run('patient'), command('talking', 10, 5));
        expect(outcome).toEqual({ output: 'one\nt', exitCode: 0 });
      });

      it('answers 127 and why for a program that is not there', async () => {
        const outcome = await driver.exec?.run(await run('patient'), command('missing'));
        expect(outcome).toEqual({ output: expect.stringContaining('not found'), exitCode: 127 });
      });

      it('kills a command that does not end in time', async () => {
        const handle = await run('patient');
        const before = (await driver.top?.list(handle, null))?.processes.length;
        await expect(driver.exec?.run(handle, command('hanging', 0.3))).rejects.toMatchObject({
          kind: 'conflict',
          message: expect.stringContaining('did not end within 0.3 s'),
        });
        await vi.waitFor(async () =>
          expect((await driver.top?.list(handle, null))?.processes).toHaveLength(before ?? 0),
        );
      });

      it('refuses to run in what is paused or does not run', async () => {
        const handle = await run('patient');
        await driver.pause?.pause(handle);
        await expect(driver.exec?.run(handle, command('talking'))).rejects.toMatchObject({
          kind: 'conflict',
        });
        await driver.stop(handle, STOP_SECONDS);
        await expect(driver.exec?.run(handle, command('talking'))).rejects.toMatchObject({
          kind: 'conflict',
        });
      });
    });

    consoleContract({ driver: () => driver, args: (program) => harness.args(program), run, restartNode });
    archiveContract({
      get driver() {
        return driver;
      },
      ensure,
      run,
      runToEnd,
    });

    describe('resizing', () => {
      it('gives a running workload other limits at once, and keeps them for the next start', async () => {
        const handle = await run('patient');
        const { pid } = await driver.inspect(handle);
        for (const memory of [128, 32]) {
          await driver.resize?.apply(handle, { cpu: 0.5, memory, pids: 100 });
          expect((await driver.stats(handle)).memoryLimit).toBe(memory << 20);
        }
        expect((await driver.inspect(handle)).pid).toBe(pid);
        await driver.stop(handle, STOP_SECONDS);
        await driver.resize?.apply(handle, { cpu: null, memory: 96, pids: 100 });
        await driver.start(handle);
        expect((await driver.stats(handle)).memoryLimit).toBe(96 << 20);
      });

      it('refuses for what is not there', async () => {
        const handle = await ensure('patient');
        await driver.remove(handle);
        await expect(
          driver.resize?.apply(handle, { cpu: null, memory: 64, pids: 100 }),
        ).rejects.toMatchObject({ kind: 'not-found' });
      });
    });

    describe('logs', () => {
      it('keeps the lines of a stopped workload, of both streams', async () => {
        const handle = await runToEnd('talking');
        expect([...(await texts(handle))].sort()).toEqual(['one', 'three', 'two']);
        expect(await texts(handle, { stderr: false })).toEqual(['one', 'three']);
        expect(await texts(handle, { stdout: false })).toEqual(['two']);
      });

      it('gives the last lines, and those after a time', async () => {
        const handle = await runToEnd('talking');
        expect(await texts(handle, { stderr: false, tail: 1 })).toEqual(['three']);
        expect(await texts(handle, { tail: 0 })).toEqual([]);
        expect(await texts(handle, { since: '2000-01-01T00:00:00Z' })).toHaveLength(3);
        expect(await texts(handle, { since: '2999-01-01T00:00:00Z' })).toEqual([]);
      });

      it('is empty before the first start', async () => {
        expect(await texts(await ensure('talking'))).toEqual([]);
      });
    });

    describe('measures', () => {
      it('tells what a running workload uses', async () => {
        const stats = await driver.stats(await run('patient'));
        expect(stats.cpuNanos).toBeGreaterThan(0);
        expect(stats.memoryUsed).toBeGreaterThan(0);
        expect(stats.memoryLimit).toBe(64 * 1024 * 1024);
        expect(stats.pids).toBeGreaterThanOrEqual(1);
      });

      it('tells of usage that only grows', async () => {
        const handle = await run('patient');
        const first = await driver.usage(handle);
        const second = await driver.usage(handle);
        expect(first.memoryLimit).toBe(64 * 1024 * 1024);
        expect(second.cpuNanos).toBeGreaterThanOrEqual(first.cpuNanos);
      });

      it('lists its processes, its own among them', async () => {
        const handle = await run('patient');
        const pid = harness.firstPid ?? (await driver.inspect(handle)).pid;
        const table = await driver.top?.list(handle, null);
        const column = table?.titles.indexOf('PID') ?? -1;
        expect(table?.processes.map((row) => row[column])).toContain(String(pid));
      });

      it('refuses for what does not run', async () => {
        const handle = await ensure('patient');
        await expect(driver.stats(handle)).rejects.toMatchObject({ kind: 'conflict' });
        await expect(driver.usage(handle)).rejects.toMatchObject({ kind: 'conflict' });
        await expect(driver.top?.list(handle, null)).rejects.toMatchObject({ kind: 'conflict' });
      });
    });
  });
}

/** Listens from now on; the first event of the workload with this status. */
async function eventOf(driver: RuntimeDriver, handle: RuntimeHandle, status: string): Promise<RuntimeEvent> {
  const found = new AbortController();
  try {
    for await (const event of driver.events(found.signal))
      if (event.id === handle.id && event.state.status === status) return event;
    throw new Error(`no event ${status}`);
  } finally {
    found.abort();
  }
}
