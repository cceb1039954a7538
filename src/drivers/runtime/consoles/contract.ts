import { describe, expect, it, vi } from 'vitest';
import type { Program } from '../contract.ts';
import type {
  Console,
  LogQuery,
  RuntimeDriver,
  RuntimeHandle,
  TerminalSize,
  WorkloadSpec,
} from '../driver.ts';

/** What the contract of a runtime has at hand. */
export interface ContractBench {
  /** Another after each restart of the node. */
  readonly driver: () => RuntimeDriver;
  readonly args: (program: Program) => readonly string[];
  readonly run: (program: Program, changes?: Partial<WorkloadSpec>) => Promise<RuntimeHandle>;
  readonly restartNode: () => Promise<void>;
}

const EVERYTHING: LogQuery = { stdout: true, stderr: true, tail: null, since: null };
const STOP_SECONDS = 10;

/** The part of the suite that is about talking with workloads and commands. */
export function consoleContract({ driver, args, run, restartNode }: ContractBench): void {
  describe('consoles', () => {
    const NO_TERMINAL = { terminal: null };
    const talk = async (program: Program, terminal: TerminalSize | null = null) => {
      const opened = await driver().exec?.open?.(await run('patient'), {
        args: args(program),
        terminal,
      });
      return conversation(opened);
    };

    it('gives what a command writes, and its exit code', async () => {
      const { rest, ended } = await talk('talking');
      expect(await rest()).toBe('one\ntwo\nthree\n');
      expect(await ended).toBe(0);
      expect(await (await talk('failing')).ended).toBe(3);
    });

    it.each([null, { rows: 24, columns: 80 }])(
      'carries both sides of a talk (terminal: %j)',
      async (terminal) => {
        const { says, hears, rest, ended } = await talk('echoing', terminal);
        says('hello ü\n');
        await hears('heard hello ü');
        says('bye\n');
        await rest();
        expect(await ended).toBe(0);
      },
    );

    it('says why there is no such program', async () => {
      const { rest, ended } = await talk('missing');
      expect(await rest()).toContain('not found');
      expect(await ended).toBe(127);
    });

    it('ends a command when its console is hung up', async () => {
      const handle = await run('patient');
      const before = (await driver().top?.list(handle, null))?.processes.length ?? 0;
      const opened = await driver().exec?.open?.(handle, { args: args('echoing'), ...NO_TERMINAL });
      const { says, hears } = conversation(opened);
      says('hello\n');
      await hears('heard hello');
      opened?.stream.destroy();
      await opened?.ended;
      await vi.waitFor(async () =>
        expect((await driver().top?.list(handle, null))?.processes).toHaveLength(before),
      );
    });

    it.each([null, { rows: 24, columns: 80 }])(
      'ends the commands of a node that is gone, and nothing else (terminal: %j)',
      async (terminal) => {
        const handle = await run('patient');
        const processes = async () => (await driver().top?.list(handle, null))?.processes.length ?? 0;
        const before = await processes();
        const opened = await driver().exec?.open?.(handle, { args: args('echoing'), terminal });
        const { says, hears } = conversation(opened);
        says('hello\n');
        await hears('heard hello');
        await restartNode();
        expect(await driver().recover(handle)).toMatchObject({ status: 'running' });
        await vi.waitFor(async () => expect(await processes()).toBe(before));
        opened?.stream.destroy();
      },
    );

    it('opens none in what is paused or does not run', async () => {
      const handle = await run('patient');
      const open = () => driver().exec?.open?.(handle, { args: args('talking'), ...NO_TERMINAL });
      await driver().pause?.pause(handle);
      await expect(open()).rejects.toMatchObject({ kind: 'conflict' });
      await driver().stop(handle, STOP_SECONDS);
      await expect(open()).rejects.toMatchObject({ kind: 'conflict' });
      await expect(driver().attach?.join(handle)).rejects.toMatchObject({ kind: 'conflict' });
    });

    it.each([false, true])(
      'lets several join a workload and leave it running (terminal: %s)',
      async (tty) => {
        const handle = await run('echoing', { stdin: true, tty });
        const consoles = [await driver().attach?.join(handle), await driver().attach?.join(handle)];
        const [first, second] = consoles.map(conversation);
        first?.says('hello\n');
        await Promise.all([first?.hears('heard hello'), second?.hears('heard hello')]);
        consoles[0]?.stream.destroy();
        await restartNode();
        expect(await driver().recover(handle)).toMatchObject({ status: 'running' });
        const joined = await driver().attach?.join(handle);
        const third = conversation(joined);
        third.says('bye\n');
        expect(await third.rest()).toContain('heard bye');
        expect(await joined?.ended).toBe(0);
        consoles[1]?.stream.destroy();
      },
    );

    it('ends the input of a workload with the first that has no more to say, where that was asked for', async () => {
      const handle = await run('echoing', { stdin: true, stdinOnce: true });
      const opened = await driver().attach?.join(handle);
      const { rest, ended, says } = conversation(opened);
      says('hello\n');
      opened?.stream.end();
      expect(await rest()).toContain('heard hello');
      expect(await ended).not.toBeNull();
      expect((await driver().inspect(handle)).status).toBe('stopped');
    });

    it('ends the input that nothing was ever said to', async () => {
      const handle = await run('echoing', { stdin: true, stdinOnce: true });
      const opened = await driver().attach?.join(handle);
      opened?.stream.resume().end();
      expect(await opened?.ended).not.toBeNull();
    });

    it('resizes the terminals that there are', async () => {
      const [tty, plain] = [await run('echoing', { tty: true, stdin: true }), await run('patient')];
      await driver().attach?.resize(tty, { rows: 44, columns: 111 });
      await expect(driver().attach?.resize(plain, { rows: 1, columns: 1 })).rejects.toMatchObject({
        kind: 'bad-request',
      });
    });
  });

  describe('logs that are followed', () => {
    it('follows what a workload writes, until it ends', async () => {
      const handle = await run('echoing', { stdin: true });
      const seen: string[] = [];
      const signal = new AbortController().signal;
      const reading = (async () => {
        const lines = driver().logs?.follow?.(handle, EVERYTHING, signal) ?? [];
        for await (const line of lines) seen.push(line.text);
      })();
      const { says } = conversation(await driver().attach?.join(handle));
      says('hello\n');
      await vi.waitFor(() => expect(seen).toContain('heard hello'), { timeout: 10_000 });
      says('bye\n');
      await reading;
      expect(seen).toEqual(['heard hello', 'heard bye']);
    });

    it('follows no further than its reader wants', async () => {
      const leaving = new AbortController();
      const lines = driver().logs?.follow?.(await run('patient'), EVERYTHING, leaving.signal) ?? [];
      const seen: string[] = [];
      for await (const line of lines) {
        seen.push(line.text);
        leaving.abort();
      }
      expect(seen).toEqual(['ready']);
    });
  });
}

/** Talks over a console, and remembers what was said. */
function conversation(opened: Console | undefined) {
  if (!opened) throw new Error('the driver opened no console');
  let heard = '';
  const decoder = new TextDecoder();
  const over = Promise.withResolvers<void>();
  opened.stream.on('data', (chunk: Buffer) => (heard += decoder.decode(chunk, { stream: true })));
  opened.stream.once('end', () => over.resolve()).once('close', () => over.resolve());
  return {
    ended: opened.ended,
    says: (text: string) => void opened.stream.write(text),
    hears: (text: string) => vi.waitFor(() => expect(heard).toContain(text), { timeout: 10_000 }),
    rest: () => over.promise.then(() => heard),
  };
}
