import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { unavailable } from '#kernel/errors.ts';
import { crashEverywhere, type World } from '#test/support/crash-everywhere.ts';
import { forEachDatabase, openInMemory, type OpenDatabase } from '#test/support/databases.ts';
import { init } from './migrations/0001-init.ts';
import type { TaskRunner } from './runner.ts';
import { park, type TaskKind, type TaskRun } from './task.ts';

/** An example world: a jar is a row, a disk in the pool, and a place on a shelf that reports when the jar stands. */
class JarWorld implements World {
  readonly kind: TaskKind;
  readonly database: World['database'];
  readonly rows = new Map<string, 'filling' | 'ready' | 'error'>();
  readonly disks = new Set<string>();
  readonly shelf = new Map<string, 'coming' | 'standing'>();
  notices = 0;

  constructor(database: World['database'], spoil: (kind: TaskKind, world: JarWorld) => TaskKind) {
    this.database = database;
    this.kind = spoil(createJar(this), this);
  }

  async start(runner: TaskRunner): Promise<string> {
    await this.database.transaction((tx) => {
      this.rows.set('one', 'filling');
      return runner.start(tx, {
        kind: 'jar.create-jar',
        target: 'jar:one',
        projectId: 'p1',
        ctx: {
          requestId: 'req-1',
          user: { id: 'u', name: 'u', domain: { id: 'd', name: 'd' } },
          project: null,
          roles: [],
          isAdmin: false,
        },
        input: { jar: 'one' },
        whenBusy: 'refuse',
      });
    });
    return 'jar:one';
  }

  async meanwhile(runner: TaskRunner): Promise<void> {
    for (const name of this.shelf.keys()) this.shelf.set(name, 'standing');
    await runner.wake('jar:one');
  }

  async assertDone(): Promise<void> {
    expect(this.rows.get('one')).toBe('ready');
    expect([...this.disks]).toEqual(['disk-one']);
    expect([...this.shelf]).toEqual([['jar-one', 'standing']]);
  }

  async assertClean(): Promise<void> {
    expect(this.rows.get('one')).toBe('error');
    expect([...this.disks]).toEqual([]);
    expect([...this.shelf]).toEqual([]);
  }

  close(): Promise<void> {
    return this.database.close();
  }
}

const jarOf = (run: TaskRun) => (run.input as { jar: string }).jar;

const createJar = (world: JarWorld): TaskKind => ({
  kind: 'jar.create-jar',
  deadline: 600,
  steps: [
    {
      name: 'make-disk',
      run: async (run) => {
        world.disks.add(`disk-${jarOf(run)}`);
        return { disk: `disk-${jarOf(run)}` };
      },
      undo: async (run) => void world.disks.delete(`disk-${jarOf(run)}`),
    },
    {
      name: 'put-on-shelf',
      run: async (run) => {
        if (!world.disks.has((run.outputs['make-disk'] as { disk: string }).disk)) throw new Error('no disk');
        if (!world.shelf.has(`jar-${jarOf(run)}`)) world.shelf.set(`jar-${jarOf(run)}`, 'coming');
      },
      undo: async (run) => void world.shelf.delete(`jar-${jarOf(run)}`),
    },
    {
      name: 'await-standing',
      run: async (run) =>
        world.shelf.get(`jar-${jarOf(run)}`) === 'standing' ? undefined : park(null, 'the shelf'),
    },
  ],
  finished: async (run) => void world.rows.set(jarOf(run), 'ready'),
  failed: async (run) => void world.rows.set(jarOf(run), 'error'),
});

forEachDatabase('crashEverywhere', (open) => {
  it('lets a kind pass that keeps the laws', async () => {
    await crashEverywhere(worlds(open, (kind) => kind));
  });
});

describe('crashEverywhere against a broken kind', () => {
  const spoilt = (spoil: (kind: TaskKind, world: JarWorld) => TaskKind) =>
    crashEverywhere(worlds(openInMemory, spoil));
  const withStep = (kind: TaskKind, index: number, change: object): TaskKind => ({
    ...kind,
    steps: kind.steps.map((step, i) => (i === index ? { ...step, ...change } : step)),
  });

  it('catches an undo that leaks', async () => {
    const undo = async () => {};
    await expect(spoilt((kind) => withStep(kind, 0, { undo }))).rejects.toThrow(
      /'await-standing' fails after its work: .*disk-one/s,
    );
  });

  it('catches a step that makes another thing each time it runs', async () => {
    const leaky = (kind: TaskKind, world: JarWorld) =>
      withStep(kind, 0, {
        run: async () => {
          const disk = `disk-${randomUUID()}`;
          world.disks.add(disk);
          return { disk };
        },
      });
    await expect(spoilt(leaky)).rejects.toThrow(/killed after 'make-disk'/);
  });

  it('catches a step that fails when its work is there already', async () => {
    const strict = (kind: TaskKind, world: JarWorld) =>
      withStep(kind, 0, {
        run: async () => {
          if (world.disks.has('disk-one')) throw new Error('the disk exists');
          world.disks.add('disk-one');
          return { disk: 'disk-one' };
        },
      });
    await expect(spoilt(strict)).rejects.toThrow(
      /every step and hook runs twice: it should have done, but ended failed: the disk exists/,
    );
  });

  it('catches an undo that cannot find its work gone', async () => {
    const strict = (kind: TaskKind, world: JarWorld) =>
      withStep(kind, 1, {
        undo: async () => {
          if (!world.shelf.delete('jar-one')) throw unavailable('no such jar');
        },
      });
    await expect(spoilt(strict)).rejects.toThrow(/it never ends: undoing at 'put-on-shelf', no such jar/);
  });
});

const worlds =
  (open: OpenDatabase, spoil: (kind: TaskKind, world: JarWorld) => TaskKind) => async (): Promise<World> =>
    new JarWorld(await open({ name: 'tasks', migrations: [init] }), spoil);
