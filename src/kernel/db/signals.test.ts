import { sql } from 'kysely';
import { afterEach, expect, it } from 'vitest';
import { systemClock } from '#kernel/clock.ts';
import { silentLogger } from '#kernel/log.ts';
import { init as createEvents } from '#kernel/events/migrations/0001-init.ts';
import { EventLog } from '#kernel/events/event-log.ts';
import { migrate } from '#kernel/db/migrate.ts';
import { ManualClock } from '#test/support/manual-clock.ts';
import { newPostgres } from '#test/support/postgres.ts';
import { TASKS, TaskRig, kindOf, newTask, step } from '#test/support/task-rig.ts';
import { Database } from './database.ts';

const opened: Database[] = [];
afterEach(async () => {
  for (const database of opened.splice(0)) await database.close();
});

/** Two processes on one database. */
async function aPair(): Promise<[Database, Database]> {
  const url = await newPostgres();
  const pair: [Database, Database] = [open(url), open(url)];
  for (const { signals } of pair) await signals.start({ clock: systemClock, log: silentLogger });
  return pair;
}

function open(url: string): Database {
  const database = Database.open({ kind: 'postgres', url });
  opened.push(database);
  return database;
}

/** What is heard, one after the other. */
function ears(database: Database, channel: string) {
  const said: string[] = [];
  const missed = Promise.withResolvers<void>();
  let next = Promise.withResolvers<void>();
  database.signals.listen(channel, {
    heard: (payload) => {
      said.push(payload);
      next.resolve();
      next = Promise.withResolvers();
    },
    missed: () => missed.resolve(),
  });
  const until = async (count: number) => {
    while (said.length < count) await next.promise;
    return said;
  };
  return { said, until, missed: missed.promise };
}

it('reaches the other process when the transaction commits, and not oneself', async () => {
  const [one, other] = await aPair();
  const [own, theirs] = [ears(one, 'jars'), ears(other, 'jars')];
  await one.transaction(async (tx) => one.signals.send(tx, 'jars', 'jar:1'));
  expect(await theirs.until(1)).toEqual(['jar:1']);
  await other.signals.send(other.handle(), 'jars', 'back');
  expect(await own.until(1)).toEqual(['back']);
});

it('is not heard when the transaction is rolled back, on another channel, or in another schema', async () => {
  const [one, other] = await aPair();
  const [stranger] = await aPair();
  const theirs = ears(other, 'jars');
  const broken = one.transaction(async (tx) => {
    await one.signals.send(tx, 'jars', 'lost');
    throw new Error('no');
  });
  await expect(broken).rejects.toThrow('no');
  await one.signals.send(one.handle(), 'lids', 'other');
  await stranger.signals.send(stranger.handle(), 'jars', 'foreign');
  await one.signals.send(one.handle(), 'jars', 'kept');
  expect(await theirs.until(1)).toEqual(['kept']);
});

it('says that something may have been missed when the line is back, and hears again', async () => {
  const [one, other] = await aPair();
  const theirs = ears(other, 'jars');
  await sql`select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen%'`.execute(
    one.handle(),
  );
  await theirs.missed;
  await one.signals.send(one.handle(), 'jars', 'after');
  expect(await theirs.until(1)).toEqual(['after']);
});

it('ends what listens when asked to', async () => {
  const [one, other] = await aPair();
  const heard: string[] = [];
  const stop = other.signals.listen('jars', { heard: (text) => heard.push(text), missed: () => {} });
  stop();
  const theirs = ears(other, 'jars');
  await one.signals.send(one.handle(), 'jars', 'x');
  await theirs.until(1);
  expect(heard).toEqual([]);
});

it('connects nothing where there is one process alone', async () => {
  const database = Database.open({ kind: 'sqlite', path: ':memory:' });
  opened.push(database);
  await database.signals.start({ clock: systemClock, log: silentLogger });
  await database.signals.send(database.handle(), 'jars');
  expect(database.signals.shared).toBe(false);
});

it('lets a task that one process starts be claimed by the other at once', async () => {
  const [one, other] = await aPair();
  await migrate(one, [TASKS]);
  const ran = Promise.withResolvers<void>();
  const idle = new TaskRig(one, [kindOf(step('a'))]);
  // Its time stands still: no sweep will come.
  const worker = new TaskRig(other, [kindOf(step('a', async () => ran.resolve()))], { worker: 'other' });
  await worker.runner.recover();
  await worker.runner.idle();
  await one.transaction((tx) => idle.runner.start(tx, newTask()));
  await ran.promise;
  expect(await worker.runner.settled('jar:1')).toMatchObject({ state: 'done' });
});

it('tells the process that works on a task of its cancellation', async () => {
  const [one, other] = await aPair();
  await migrate(one, [TASKS]);
  const begun = Promise.withResolvers<void>();
  const work = step('a', async ({ signal }) => {
    begun.resolve();
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
  });
  const idle = new TaskRig(one, [kindOf(work)]);
  const worker = new TaskRig(other, [kindOf(work)], { worker: 'other' });
  await worker.runner.recover();
  await one.transaction((tx) => idle.runner.start(tx, newTask()));
  await begun.promise;
  await idle.runner.cancel('jar:1', 'no longer wanted');
  expect(await worker.runner.settled('jar:1')).toMatchObject({ state: 'failed' });
});

it('wakes the readers of events in the other process', async () => {
  const [one, other] = await aPair();
  await migrate(one, [{ name: 'events', migrations: [createEvents] }]);
  const clock = new ManualClock();
  const [writer, log] = [one, other].map((database) => new EventLog({ database, clock })) as [
    EventLog,
    EventLog,
  ];
  const reader = log.subscribe({ all: true, after: 0 }, new AbortController().signal);
  const next = reader.next();
  await clock.asleep(); // it has looked, and waits
  const event = { projectId: null, service: 's', type: 's.jar.made', resource: 'jar:1', payload: {} };
  await one.transaction((tx) => writer.append(tx, event));
  expect((await next).value).toMatchObject({ resource: 'jar:1' });
  log.stop();
});
