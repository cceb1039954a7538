import type { TaskKind, TaskRun } from '#kernel/tasks/task.ts';
import { compile, nothing } from '../engine/compile.ts';
import type { Change } from '../engine/change.ts';
import { News } from '../engine/news.ts';
import { Rows } from '../engine/rows.ts';
import { walk } from '../engine/walk.ts';
import type { Stack } from '../model/stack.ts';
import type { EngineDeps } from '../service/deps.ts';
import { conclude } from '../service/conclusion.ts';
import { openStack, stackStore } from '../store/stacks.ts';
import type { OrchestrationTables } from '../tables.ts';

export const CONVERGE_STACK = 'orchestration.converge-stack';

interface Input {
  readonly id: string;
}

/** A stack has a time limit of its own; this is only how long everything else may be broken. */
const A_WEEK = 7 * 86_400;

/**
 * Carries out what is wanted of a stack, whatever that is by now. How far it is stands in the rows of its resources, so that a process that
 * dies costs nothing. A change that failed goes on as its rollback, where that is wanted.
 */
export const convergeStack = (deps: EngineDeps): TaskKind<Input> => ({
  kind: CONVERGE_STACK,
  deadline: A_WEEK,
  steps: [{ name: 'walk', run: (run) => carryOut(deps, run) }],
});

async function carryOut(deps: EngineDeps, { input, signal }: TaskRun<Input>): Promise<void> {
  const over = new AbortController();
  const both = AbortSignal.any([signal, over.signal]);
  try {
    for (let stack = await underWay(deps, input.id); stack; stack = await underWay(deps, input.id)) {
      const changes = await Changes.open(deps, stack, both);
      const ending = await walk({ latest: () => changes.latest(), asked: () => changes.heard, signal });
      await conclude(deps, ending);
    }
  } finally {
    over.abort();
  }
}

/** The stack while something is to be done for it. */
async function underWay(deps: EngineDeps, id: string): Promise<Stack | undefined> {
  const row = await stackStore.find(deps.database.handle<OrchestrationTables>(), id);
  return row?.status === 'IN_PROGRESS' && row.deleted_at === null ? openStack(deps.vault, row) : undefined;
}

/** The change that is wanted of a stack, read anew when somebody asked for another. */
class Changes {
  readonly #deps: EngineDeps;
  readonly #rows: Rows;
  readonly #news: News;
  readonly #signal: AbortSignal;
  #change: Change;

  private constructor(
    deps: EngineDeps,
    parts: { stack: Stack; rows: Rows; news: News; signal: AbortSignal },
  ) {
    this.#deps = deps;
    this.#rows = parts.rows;
    this.#news = parts.news;
    this.#signal = parts.signal;
    this.#change = this.#changeOf(parts.stack);
  }

  static async open(deps: EngineDeps, stack: Stack, signal: AbortSignal): Promise<Changes> {
    const rows = await Rows.read(deps, stack);
    const news = new News(deps.clock);
    void news.follow(deps.events, stack.projectId, signal);
    return new Changes(deps, { stack, rows, news, signal });
  }

  get heard(): Promise<void> {
    return this.#news.heard;
  }

  async latest(): Promise<Change> {
    const { stack } = this.#change;
    const db = this.#deps.database.handle<OrchestrationTables>();
    if ((await stackStore.traversal(db, stack.id)) === stack.traversal) return this.#change;
    const row = await stackStore.find(db, stack.id);
    if (row) this.#change = this.#changeOf(await openStack(this.#deps.vault, row));
    return this.#change;
  }

  #changeOf(stack: Stack): Change {
    const { types, clock, cloudOf, region } = this.#deps;
    const compiled = compile(stack.recipe, { ...stack, region }, clock.now());
    return {
      stack,
      compiled: stack.action === 'DELETE' ? nothing(compiled) : compiled,
      rows: this.#rows,
      cloud: cloudOf(stack.actor, this.#signal),
      news: this.#news,
      types,
      clock,
    };
  }
}
