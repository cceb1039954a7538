import { describe, expect, it } from 'vitest';
import type { NewAuditRecord } from '#kernel/audit/record.ts';
import { badRequest, unavailable } from '#kernel/errors.ts';
import { forEachDatabase } from '#test/support/databases.ts';
import { TASKS, TaskRig, failing, kindOf, newTask, step, untilAborted } from '#test/support/task-rig.ts';
import { park, type TaskKind, type TaskRun } from './task.ts';

forEachDatabase('the task runner', (open) => {
  const rig = async (...kinds: TaskKind[]) => new TaskRig(await open(TASKS), kinds);

  describe('going forward', () => {
    it('runs the steps in order, hands on what they returned, and says that it finished', async () => {
      const seen: unknown[] = [];
      const see = (value: unknown, output?: unknown) => async (run: TaskRun) => {
        seen.push(value, run.outputs);
        return output;
      };
      const kind = { ...kindOf(step('a', see('a', { at: 1 })), step('b', see('b'))), finished: see('end') };
      const { settle, start } = await rig(kind as TaskKind);
      await start();
      expect(await settle()).toMatchObject({ state: 'done', step: null, error: null });
      expect(seen).toEqual(['a', {}, 'b', { a: { at: 1 } }, 'end', { a: { at: 1 }, b: null }]);
    });

    it('acts in the name of whoever asked, with what they asked for', async () => {
      const runs: TaskRun[] = [];
      const { settle, start } = await rig(kindOf(step('a', async (run) => void runs.push(run))));
      const id = await start({ input: { size: 3 } });
      await settle();
      expect(runs[0]).toMatchObject({ id, target: 'jar:1', input: { size: 3 }, attempt: 1 });
      expect(runs[0]?.ctx).toMatchObject({ requestId: 'req-1', user: { name: 'ada' }, isAdmin: false });
    });

    it('knows nothing of a task whose transaction was rolled back', async () => {
      const { database, runner, status } = await rig(kindOf(step('a')));
      const broken = database.transaction(async (tx) => {
        await runner.start(tx, newTask());
        throw new Error('no');
      });
      await expect(broken).rejects.toThrow('no');
      expect(await status()).toBeUndefined();
    });

    it('works on different targets at the same time, up to its concurrency', async () => {
      let now = 0;
      let most = 0;
      const gate = Promise.withResolvers<void>();
      const work = async () => {
        most = Math.max(most, ++now);
        if (now === 3) gate.resolve();
        await gate.promise;
        now--;
      };
      const { database } = await rig();
      const { runner, startOnly } = new TaskRig(database, [kindOf(step('a', work))], { concurrency: 3 });
      const targets = ['1', '2', '3', '4', '5'].map((n) => `jar:${n}`);
      for (const target of targets) await startOnly({ target });
      runner.nudge();
      for (const target of targets) expect(await runner.settled(target)).toMatchObject({ state: 'done' });
      expect(most).toBe(3);
    });

    it('gives the place of a step that only waits to others, and does not let it wait for room', async () => {
      const gate = Promise.withResolvers<void>();
      const waits = async ({ rests }: TaskRun) => {
        rests(true);
        await gate.promise;
        rests(false);
      };
      const { database } = await rig();
      const kinds = [
        kindOf(step('a', waits)),
        { ...kindOf(step('b', async () => gate.resolve())), kind: 'jar.open' },
      ];
      const { runner, startOnly } = new TaskRig(database, kinds, { concurrency: 1 });
      const targets = ['1', '2', '3'].map((n) => `jar:${n}`);
      for (const target of targets) await startOnly({ target });
      await startOnly({ target: 'jar:4', kind: 'jar.open' });
      runner.nudge();
      for (const target of [...targets, 'jar:4'])
        expect(await runner.settled(target)).toMatchObject({ state: 'done' });
    });

    it('may be nudged from inside of a transaction', async () => {
      const { database, runner, settle } = await rig(kindOf(step('a')));
      await database.transaction(async (tx) => {
        await runner.start(tx, newTask());
        runner.nudge();
      });
      runner.nudge();
      expect(await settle()).toMatchObject({ state: 'done' });
    });
  });

  it('leaves a record of its end for the audit, in the name of whoever asked', async () => {
    const records: NewAuditRecord[] = [];
    const audit = { write: async (_tx: unknown, record: NewAuditRecord) => void records.push(record) };
    const { database } = await rig();
    const broken = kindOf(step('a', failing(badRequest('no'), 1)));
    for (const kind of [kindOf(step('a')), broken]) {
      const { start, settle } = new TaskRig(database, [kind], { audit });
      await start();
      await settle();
    }
    const same = { requestId: 'req-1', service: 'jar', action: 'jar.create-jar', target: 'jar:1' };
    expect(records).toMatchObject([
      { ...same, user: { name: 'ada' }, outcome: 'success', reason: '' },
      { ...same, user: { name: 'ada' }, outcome: 'failure', reason: 'bad-request' },
    ]);
  });

  describe('when a step fails', () => {
    it('tries again after a while when the error is retryable, and says why it waits', async () => {
      const { clock, runner, settle, start, status } = await rig(
        kindOf(step('a', failing(unavailable('no node'), 2))),
      );
      await start();
      await runner.idle();
      expect(await status()).toMatchObject({ state: 'waiting', step: 'a', attempt: 2, error: 'no node' });
      expect(await status()).toMatchObject({ runAt: new Date(clock.now().getTime() + 100).toISOString() });
      expect(await settle()).toMatchObject({ state: 'done' });
    });

    it('gives up at the deadline, undoes backwards from the failed step, and tells why', async () => {
      const trace: string[] = [];
      const undo = (name: string) => async () => void trace.push(`undo ${name}`);
      const kind: TaskKind = {
        ...kindOf(
          step('a', async () => 1, undo('a')),
          step('b'),
          step('c', failing(unavailable('no node'), Infinity), undo('c')),
          step('d', async () => void trace.push('d'), undo('d')),
        ),
        failed: async (run, error) =>
          void trace.push(`failed ${error.message} ${JSON.stringify(run.outputs)}`),
      };
      const { clock, settle, start } = await rig(kind);
      const began = clock.now().getTime();
      await start();
      expect(await settle()).toMatchObject({ state: 'failed', error: 'no node' });
      expect(trace).toEqual(['undo c', 'undo a', 'failed no node {"a":1,"b":null}']);
      expect(clock.now().getTime() - began).toBe(60_000);
    });

    it('undoes at once when the error is final', async () => {
      const { clock, settle, start } = await rig(kindOf(step('a', failing(new Error('broken'), Infinity))));
      const began = clock.now();
      await start();
      expect(await settle()).toMatchObject({ state: 'failed', error: 'broken' });
      expect(clock.now()).toEqual(began);
    });

    it('takes an output that cannot be stored for a failure', async () => {
      const { settle, start } = await rig(kindOf(step('a', async () => 1n)));
      await start();
      expect(await settle()).toMatchObject({ state: 'failed', error: expect.stringContaining('BigInt') });
    });

    it('tries the undo again without end, and says what is in the way', async () => {
      const undo = failing(new Error('device busy'), 20);
      const { runner, settle, start, status } = await rig(
        kindOf(step('a', failing(new Error('broken'), Infinity), undo)),
      );
      await start();
      await runner.idle();
      expect(await status()).toMatchObject({ state: 'undoing', step: 'a', attempt: 2, error: 'device busy' });
      expect(await settle()).toMatchObject({ state: 'failed', error: 'broken' });
    });

    it('runs the hooks again until they succeed', async () => {
      const finished = failing(new Error('not now'), 3);
      const { settle, start } = await rig({ ...kindOf(step('a')), finished });
      await start();
      expect(await settle()).toMatchObject({ state: 'done' });
    });

    it('asks a step that hangs beyond the deadline to stop, and undoes it', async () => {
      const { settle, start } = await rig(kindOf(step('a', untilAborted)));
      await start();
      expect(await settle({ hanging: true })).toMatchObject({
        state: 'failed',
        error: "Gave up waiting for 'a'.",
      });
    });
  });

  describe('when a step parks', () => {
    it('runs it again when its target is woken', async () => {
      let ready = false;
      const { runner, start, status } = await rig(
        kindOf(step('a', async () => (ready ? 1 : park(null, 'the node')))),
      );
      await start();
      await runner.idle();
      expect(await status()).toMatchObject({ state: 'waiting', waitsFor: 'the node', error: null });
      ready = true;
      await runner.wake('jar:1');
      expect(await runner.settled('jar:1')).toMatchObject({ state: 'done' });
    });

    it('does not lose an event that comes while the step decides to park', async () => {
      let ready = false;
      const work = async () => {
        if (ready) return 1;
        ready = true;
        await one.runner.wake('jar:1');
        return park();
      };
      const one = await rig(kindOf(step('a', work)));
      await one.start();
      expect(await one.runner.settled('jar:1')).toMatchObject({ state: 'done' });
    });

    it('runs it again at the given time, and at the deadline once more before it gives up', async () => {
      const times: string[] = [];
      const work = async () => {
        times.push(one.clock.now().toISOString().slice(14, 19));
        return park(times.length === 1 ? '2030-01-01T00:00:10.000Z' : null, 'the node');
      };
      const one = await rig(kindOf(step('a', work)));
      await one.start();
      expect(await one.settle()).toMatchObject({ state: 'failed', error: 'Gave up waiting for the node.' });
      expect(times).toEqual(['00:00', '00:10', '01:00']);
    });

    it('leaves a step that backs off alone when its target is woken', async () => {
      const { runner, start, status } = await rig(kindOf(step('a', failing(unavailable('no'), Infinity))));
      await start();
      await runner.idle();
      const before = await status();
      await runner.wake('jar:1');
      expect(await status()).toEqual(before);
    });
  });

  describe('when it is cancelled', () => {
    it('aborts the running step, undoes, and gives the reason', async () => {
      const began = Promise.withResolvers<void>();
      const errors: Error[] = [];
      const work = (run: TaskRun) => {
        began.resolve();
        return untilAborted(run);
      };
      const undone: string[] = [];
      const kind: TaskKind = {
        ...kindOf(
          step('a', work, async () => void undone.push('a')),
          step('b'),
        ),
        failed: async (_, error) => void errors.push(error),
      };
      const { runner, start } = await rig(kind);
      await start();
      await began.promise;
      await runner.cancel('jar:1', 'Deleted by its owner.');
      expect(await runner.settled('jar:1')).toMatchObject({
        state: 'failed',
        error: 'Deleted by its owner.',
      });
      expect(undone).toEqual(['a']);
      expect(errors).toMatchObject([{ message: 'Deleted by its owner.', code: 'cancelled' }]);
    });

    it.each([
      ['parked', async () => park()],
      ['backing off', failing(unavailable('no'), Infinity)],
    ])('does not wait for a step that is %s', async (_, work) => {
      const { clock, runner, start } = await rig(kindOf(step('a', work)));
      const began = clock.now();
      await start();
      await runner.idle();
      await runner.cancel('jar:1', 'Enough.');
      expect(await runner.settled('jar:1')).toMatchObject({ state: 'failed', error: 'Enough.' });
      expect(clock.now()).toEqual(began);
    });

    it('does not park or back off a step that is cancelled while it runs', async () => {
      const work = async () => {
        await one.runner.cancel('jar:1', 'Enough.');
        return park();
      };
      const one = await rig(kindOf(step('a', work)));
      await one.start();
      expect(await one.runner.settled('jar:1')).toMatchObject({ state: 'failed', error: 'Enough.' });
    });
  });

  describe('when the target is busy', () => {
    const slow = (trace: string[]) =>
      kindOf(
        step('a', async () => park()),
        step('b', async () => void trace.push('slow')),
      );
    const quick = (trace: string[]): TaskKind => ({
      ...kindOf(step('a', async (run) => void trace.push(String(run.input)))),
      kind: 'jar.delete-jar',
    });

    it('refuses, with a conflict', async () => {
      const { runner, start } = await rig(slow([]));
      await start();
      await runner.idle();
      await expect(start({ whenBusy: 'refuse' })).rejects.toMatchObject({ kind: 'conflict', code: 'busy' });
    });

    it('queues, and runs in the order of asking when its turn comes', async () => {
      const trace: string[] = [];
      const { runner, start } = await rig(slow(trace), quick(trace));
      await start();
      for (const input of ['1', '2', '3']) await start({ kind: 'jar.delete-jar', input, whenBusy: 'after' });
      await runner.idle();
      expect(trace).toEqual([]);
      await runner.cancel('jar:1', 'Enough.');
      expect(await runner.settled('jar:1')).toMatchObject({ state: 'failed' });
      await start({ kind: 'jar.delete-jar', input: '4', whenBusy: 'after' });
      await runner.settled('jar:1');
      expect(trace).toEqual(['4']);
    });

    it('cancels what is open and what is queued, and runs then', async () => {
      const trace: string[] = [];
      const { runner, start } = await rig(slow(trace), quick(trace));
      await start();
      await start({ kind: 'jar.delete-jar', input: 'queued', whenBusy: 'after' });
      await runner.idle();
      await start({ kind: 'jar.delete-jar', input: 'delete', whenBusy: 'cancel' });
      expect(await runner.settled('jar:1')).toMatchObject({ kind: 'jar.delete-jar', state: 'done' });
      expect(trace).toEqual(['delete']);
    });

    it('aborts a step that runs when a later task cancels it', async () => {
      const began = Promise.withResolvers<void>();
      const hanging = kindOf(
        step('a', (run) => {
          began.resolve();
          return untilAborted(run);
        }),
      );
      const { runner, start } = await rig(hanging, quick([]));
      await start();
      await began.promise;
      await start({ kind: 'jar.delete-jar', whenBusy: 'cancel' });
      expect(await runner.settled('jar:1')).toMatchObject({ kind: 'jar.delete-jar', state: 'done' });
    });

    it('gives each of two that are queued its turn', async () => {
      const trace: string[] = [];
      let ready = false;
      const waiting = kindOf(step('a', async () => (ready ? 1 : park())));
      const { runner, start } = await rig(waiting, quick(trace));
      await start();
      await start({ kind: 'jar.delete-jar', input: '1', whenBusy: 'after' });
      await start({ kind: 'jar.delete-jar', input: '2', whenBusy: 'after' });
      await runner.idle();
      ready = true;
      await runner.wake('jar:1');
      await runner.settled('jar:1');
      expect(trace).toEqual(['1', '2']);
    });
  });

  it('tells of many targets in one query, and of nothing when nothing is open', async () => {
    const { runner, start } = await rig(kindOf(step('a', async () => park())));
    await start();
    await start({ target: 'jar:2' });
    await runner.idle();
    const statuses = await runner.statuses(['jar:1', 'jar:2', 'jar:3']);
    expect([...statuses.keys()].toSorted()).toEqual(['jar:1', 'jar:2']);
    expect(await runner.statuses([])).toEqual(new Map());
  });

  it('forgets what ended long ago, and nothing that is open', async () => {
    const { runner, settle, start } = await rig(
      kindOf(step('a', async (run) => (run.target === 'jar:1' ? 1 : park()))),
    );
    await start();
    await settle();
    await start({ target: 'jar:2' });
    await runner.idle();
    expect(await runner.prune('2029-12-31T00:00:00.000Z')).toBe(0);
    expect(await runner.prune('2031-01-01T00:00:00.000Z')).toBe(1);
    expect(await runner.status('jar:2')).toBeDefined();
  });
});
