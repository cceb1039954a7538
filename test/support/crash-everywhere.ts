import { setImmediate as turn } from 'node:timers/promises';
import type { Database } from '#kernel/db/database.ts';
import { CloudError, messageOf, unavailable } from '#kernel/errors.ts';
import { silentLogger } from '#kernel/log.ts';
import { TaskRunner } from '#kernel/tasks/runner.ts';
import { isParked, type TaskKind, type TaskRun, type TaskStatus, type TaskStep } from '#kernel/tasks/task.ts';
import { ManualClock } from './manual-clock.ts';

/** A task kind in a world of fakes, as its service makes it. Each scenario gets a new one. */
export interface World {
  readonly database: Database;
  readonly kind: TaskKind;
  /** Writes the intent and starts the task, as the use-case does. @returns the target. */
  start(runner: TaskRunner): Promise<string>;
  /** What the outside does while the task waits: a node reports, a port becomes active. Usually ends in `runner.wake(target)`. */
  meanwhile?(runner: TaskRunner): Promise<void>;
  /** Throws unless the operation took place, once. */
  assertDone(): Promise<void>;
  /** Throws if the fakes hold anything that the database does not own. */
  assertClean(): Promise<void>;
  close(): Promise<void>;
}

type Verb = 'run' | 'undo' | 'finished' | 'failed';
type Work = () => Promise<unknown>;
type Trouble = (work: Work, stage: Stage) => Promise<unknown>;

interface Scenario {
  readonly name: string;
  readonly ends: 'done' | 'failed';
  /** What befalls `verb:step`; hooks are `finished:` and `failed:`. */
  readonly troubles: Readonly<Record<string, Trouble>>;
  readonly cancelAtStart?: true;
}

const WORKER = 'control';
const ROUNDS = 500;
const REFUSED = new CloudError('bad-request', 'The test made this fail.');
const BUSY = unavailable('The test made this fail for now.');

/**
 * Plays a task kind through every crash: killed after each step, undo and hook before it is recorded; everything twice; each
 * step failing for good and for now, before and after its work; each undo failing; cancelled at each boundary. After every
 * one the world must be as it should.
 * @throws with the list of all scenarios that went wrong.
 */
export async function crashEverywhere(makeWorld: () => Promise<World>): Promise<void> {
  const first = await makeWorld();
  const scenarios = plan(first.kind);
  await first.close();
  const wrong: string[] = [];
  for (const scenario of scenarios) {
    try {
      await play(makeWorld, scenario);
    } catch (thrown) {
      wrong.push(`${scenario.name}: ${messageOf(thrown)}`);
    }
  }
  if (wrong.length > 0) throw new Error(`'${first.kind.kind}' does not survive:\n${wrong.join('\n')}`);
}

function plan(kind: TaskKind): Scenario[] {
  const names = kind.steps.map((step) => step.name);
  const undos = kind.steps.filter((step) => step.undo !== undefined).map((step) => step.name);
  const last = `run:${names.at(-1)}`;
  const done = (name: string, troubles: Scenario['troubles']): Scenario => ({ name, ends: 'done', troubles });
  const failed = (name: string, troubles: Scenario['troubles']): Scenario => ({
    name,
    ends: 'failed',
    troubles,
  });
  const undoing = (name: string, troubles: Scenario['troubles']) =>
    failed(`while it is undone, ${name}`, { [last]: failAfter(REFUSED), ...troubles });
  const every = (verb: Verb, steps: string[], trouble: Trouble) =>
    Object.fromEntries(steps.map((name) => [`${verb}:${name}`, trouble]));
  return [
    done('nothing goes wrong', {}),
    done('every step and hook runs twice', { ...every('run', names, twice), 'finished:': twice }),
    undoing('every undo and hook runs twice', { ...every('undo', undos, twice), 'failed:': twice }),
    { ...failed('cancelled before it began', {}), cancelAtStart: true },
    ...names.flatMap((name) => [
      done(`killed after '${name}'`, { [`run:${name}`]: once(killAfter) }),
      failed(`'${name}' fails before its work`, { [`run:${name}`]: failBefore(REFUSED) }),
      failed(`'${name}' fails after its work`, { [`run:${name}`]: failAfter(REFUSED) }),
      done(`'${name}' fails once for now, before its work`, { [`run:${name}`]: once(failBefore(BUSY)) }),
      done(`'${name}' fails once for now, after its work`, { [`run:${name}`]: once(failAfter(BUSY)) }),
      failed(`cancelled after '${name}'`, { [`run:${name}`]: cancelAfter }),
    ]),
    ...undos.flatMap((name) => [
      undoing(`killed after the undo of '${name}'`, { [`undo:${name}`]: once(killAfter) }),
      undoing(`the undo of '${name}' fails before its work`, { [`undo:${name}`]: once(failBefore(REFUSED)) }),
      undoing(`the undo of '${name}' fails after its work`, { [`undo:${name}`]: once(failAfter(REFUSED)) }),
    ]),
    done('killed after the hook of success', { 'finished:': once(killAfter) }),
    done('the hook of success fails after its work', { 'finished:': once(failAfter(REFUSED)) }),
    undoing('killed after the hook of failure', { 'failed:': once(killAfter) }),
    undoing('the hook of failure fails after its work', { 'failed:': once(failAfter(REFUSED)) }),
  ];
}

async function play(makeWorld: () => Promise<World>, scenario: Scenario): Promise<void> {
  const world = await makeWorld();
  const stage = new Stage(world, scenario);
  try {
    const ended = await stage.play();
    if (ended.state !== scenario.ends)
      throw new Error(`it should have ${scenario.ends}, but ended ${ended.state}: ${ended.error}`);
    await (scenario.ends === 'done' ? world.assertDone() : world.assertClean());
  } finally {
    await stage.close();
    await world.close();
  }
}

/** One runner after another over one world, in a time of its own. */
class Stage {
  readonly #world: World;
  readonly #scenario: Scenario;
  readonly #kind: TaskKind;
  readonly #clock = new ManualClock();
  #runner: TaskRunner;
  #life = Promise.withResolvers<'killed'>();
  #target = '';

  constructor(world: World, scenario: Scenario) {
    this.#world = world;
    this.#scenario = scenario;
    this.#kind = trouble(world.kind, scenario.troubles, this);
    this.#runner = this.#newRunner();
  }

  async play(): Promise<TaskStatus> {
    this.#target = await this.#world.start(this.#runner);
    if (this.#scenario.cancelAtStart) await this.cancel();
    this.#runner.nudge();
    for (let round = 0; round < ROUNDS; round++) {
      if (await this.#rests()) {
        if (!(await this.#isOpen())) return this.#ended();
        await this.#letTimePass();
      } else await this.#revive();
    }
    const { state, step, error } = (await this.#runner.status(this.#target)) ?? {};
    throw new Error(`it never ends: ${state} at '${step}', ${error}`);
  }

  cancel(): Promise<void> {
    return this.#runner.cancel(this.#target, 'The test cancelled it.');
  }

  /** kill -9: whoever awaits this never goes on, and the runner's timers never ring. */
  kill(): Promise<never> {
    this.#life.resolve('killed');
    return new Promise(() => {});
  }

  async close(): Promise<void> {
    await Promise.race([this.#runner.stop(), this.#life.promise]);
  }

  async #revive(): Promise<void> {
    this.#life = Promise.withResolvers();
    this.#runner = this.#newRunner();
    await this.#runner.recover();
  }

  async #isOpen(): Promise<boolean> {
    return (await this.#runner.status(this.#target)) !== undefined;
  }

  async #ended(): Promise<TaskStatus> {
    const ended = await this.#runner.settled(this.#target);
    if (!ended) throw new Error(`'${this.#target}' never had a task; start() must return its target`);
    return ended;
  }

  async #letTimePass(): Promise<void> {
    await this.#world.meanwhile?.(this.#runner);
    if (!(await this.#rests())) return;
    this.#clock.skip();
    await turn();
  }

  /** Whether the runner has nothing to do now; otherwise it was killed. */
  async #rests(): Promise<boolean> {
    return (await Promise.race([this.#runner.idle(), this.#life.promise])) !== 'killed';
  }

  #newRunner(): TaskRunner {
    const { promise } = this.#life;
    let dead = false;
    void promise.then(() => (dead = true));
    const clock = {
      now: () => this.#clock.now(),
      sleep: async (ms: number, signal?: AbortSignal) => {
        await this.#clock.sleep(ms, signal);
        if (dead) await new Promise(() => {});
      },
    };
    const { database } = this.#world;
    return new TaskRunner({ database, clock, log: silentLogger, kinds: [this.#kind], worker: WORKER });
  }
}

/** The kind with its verbs in trouble. */
function trouble(kind: TaskKind, troubles: Scenario['troubles'], stage: Stage): TaskKind {
  const wrap = (verb: Verb, step: string, work: Work): Promise<unknown> =>
    troubles[`${verb}:${step}`]?.(work, stage) ?? work();
  return {
    ...kind,
    steps: kind.steps.map((step) => troubleStep(step, wrap)),
    finished: async (run) => void (await wrap('finished', '', async () => kind.finished?.(run))),
    failed: async (run, error) => void (await wrap('failed', '', async () => kind.failed?.(run, error))),
  };
}

const troubleStep = (
  step: TaskStep,
  wrap: (verb: Verb, step: string, work: Work) => Promise<unknown>,
): TaskStep => ({
  name: step.name,
  run: (run) => wrap('run', step.name, () => step.run(run)),
  ...(step.undo && {
    undo: async (run: TaskRun) => void (await wrap('undo', step.name, async () => step.undo?.(run))),
  }),
});

/** Lets a step that parks do so undisturbed: its work is done only when it returns. */
const after =
  (act: (value: unknown, work: Work, stage: Stage) => Promise<unknown>): Trouble =>
  async (work, stage) => {
    const value = await work();
    return isParked(value) ? value : act(value, work, stage);
  };

const twice = after((_, work) => work());
const killAfter = after((_value, _work, stage) => stage.kill());
const failBefore =
  (error: Error): Trouble =>
  async () => {
    throw error;
  };
const failAfter = (error: Error): Trouble =>
  after(async () => {
    throw error;
  });
const cancelAfter = after(async (value, _, stage) => {
  await stage.cancel();
  return value;
});

/** Only until it has struck. A step that parked has not been struck yet. */
function once(trouble: Trouble): Trouble {
  let struck = false;
  return async (work, stage) => {
    if (struck) return work();
    struck = true;
    const value = await trouble(work, stage);
    if (isParked(value)) struck = false;
    return value;
  };
}
