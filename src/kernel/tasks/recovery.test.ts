import { pino } from 'pino';
import { expect, it } from 'vitest';
import { forEachDatabase } from '#test/support/databases.ts';
import { ManualClock } from '#test/support/manual-clock.ts';
import { TASKS, TaskRig, failing, kindOf, step, untilAborted } from '#test/support/task-rig.ts';
import { park, type TaskKind, type TaskRun } from './task.ts';

forEachDatabase('between processes and after crashes, the task runner', (open) => {
  const rig = async (...kinds: TaskKind[]) => new TaskRig(await open(TASKS), kinds);

  it('lets a worker whose lease was taken over write nothing', async () => {
    const gates = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
    let tries = 0;
    const began = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const outputs: unknown[] = [];
    const kind = kindOf(
      step('a', () => {
        began[tries]?.resolve();
        return gates[tries++]?.promise ?? Promise.resolve('third');
      }),
      step('b', async (run) => void outputs.push(run.outputs)),
    );
    const { database, runner: late, start } = await rig(kind);
    await start();
    await began[0]?.promise;
    // The first worker's time stands still, so it never renews its lease; the second's is far ahead.
    const second = new TaskRig(database, [kind], {
      worker: 'second',
      clock: new ManualClock('2030-01-01T00:00:31.000Z'),
    });
    second.runner.nudge();
    await began[1]?.promise;
    gates[0]?.resolve('late');
    await late.idle();
    expect(await second.status()).toMatchObject({ state: 'running', step: 'a' });
    gates[1]?.resolve('in time');
    expect(await second.runner.settled('jar:1')).toMatchObject({ state: 'done' });
    expect(outputs).toEqual([{ a: 'in time' }]);
  });

  it('keeps its lease while a step takes long', async () => {
    const gate = Promise.withResolvers<void>();
    let tries = 0;
    const work = () => {
      tries++;
      return gate.promise;
    };
    const kind = { ...kindOf(step('a', work)), deadline: 3600 };
    const { clock, database, runner, start } = await rig(kind);
    await start();
    while (clock.now() < new Date('2030-01-01T00:02:00.000Z')) {
      await clock.step();
      const now = new ManualClock(clock.now().toISOString());
      const other = new TaskRig(database, [kind], { worker: 'second', clock: now });
      other.runner.nudge();
      await other.runner.idle();
    }
    gate.resolve();
    await runner.settled('jar:1');
    expect(tries).toBe(1);
  });

  it('never gives one task to two workers', async () => {
    const runs = new Map<string, number>();
    const kind = kindOf(step('a', async (run) => void runs.set(run.target, (runs.get(run.target) ?? 0) + 1)));
    const { database, startOnly } = await rig(kind);
    const targets = Array.from({ length: 40 }, (_, n) => `jar:${n}`);
    for (const target of targets) await startOnly({ target });
    const workers = ['w1', 'w2', 'w3'].map(
      (worker) => new TaskRig(database, [kind], { worker, concurrency: 4 }),
    );
    for (const { runner } of workers) runner.nudge();
    for (const { runner } of workers) await runner.idle();
    expect([...runs]).toHaveLength(40);
    expect(new Set(runs.values())).toEqual(new Set([1]));
  });

  it('goes on at once with what a former self of the same name left', async () => {
    const began = Promise.withResolvers<void>();
    let tries = 0;
    const work = () => {
      began.resolve();
      return tries++ === 0 ? new Promise(() => {}) : Promise.resolve();
    };
    const { clock, database, start } = await rig(kindOf(step('a'), step('b', work)));
    await start();
    await began.promise;
    const next = new TaskRig(
      database,
      [kindOf(step('a', failing(new Error('not again'), 1)), step('b', work))],
      { clock },
    );
    await next.runner.recover();
    expect(await next.runner.settled('jar:1')).toMatchObject({ state: 'done' });
  });

  it('lets every parked step look again after a start, for its event may have been lost', async () => {
    let ready = false;
    const kind = kindOf(step('a', async () => (ready ? 1 : park())));
    const { clock, database, runner, start } = await rig(kind);
    await start();
    await runner.idle();
    await runner.stop();
    ready = true;
    const next = new TaskRig(database, [kind], { clock });
    await next.runner.recover();
    expect(await next.runner.settled('jar:1')).toMatchObject({ state: 'done' });
  });

  it('stops without losing or recording what was aborted', async () => {
    const began = Promise.withResolvers<void>();
    let tries = 0;
    const work = (run: TaskRun) => {
      began.resolve();
      return tries++ === 0 ? untilAborted(run) : Promise.resolve();
    };
    const { clock, database, runner, start, status } = await rig(kindOf(step('a', work)));
    await start();
    await began.promise;
    await runner.stop();
    expect(await status()).toMatchObject({ state: 'waiting', step: 'a', attempt: 1, error: null });
    const next = new TaskRig(database, [kindOf(step('a', work))], { clock, worker: 'another' });
    await next.runner.recover();
    expect(await next.runner.settled('jar:1')).toMatchObject({ state: 'done' });
  });

  it('leaves tasks of kinds it does not know, and says so', async () => {
    const lines: string[] = [];
    const log = pino({ level: 'error' }, { write: (line: string) => void lines.push(line) });
    const { database, startOnly } = await rig(kindOf(step('a')));
    await startOnly();
    const { runner, status } = new TaskRig(database, [{ ...kindOf(step('a')), kind: 'jar.other' }], { log });
    await runner.recover();
    await runner.idle();
    expect(await status()).toMatchObject({ state: 'pending' });
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([{ kinds: ['jar.create-jar'] }]);
  });

  it('undoes a task that stands at a step which its kind no longer has', async () => {
    const undone: string[] = [];
    const { clock, database, runner, start } = await rig(
      kindOf(
        step('a'),
        step('old', async () => park()),
      ),
    );
    await start();
    await runner.idle();
    await runner.stop();
    const kind = kindOf(
      step(
        'a',
        async () => 1,
        async () => void undone.push('a'),
      ),
      step('new'),
    );
    const next = new TaskRig(database, [kind], { clock });
    await next.runner.recover();
    expect(await next.runner.settled('jar:1')).toMatchObject({ state: 'failed' });
    expect(undone).toEqual(['a']);
  });
});
