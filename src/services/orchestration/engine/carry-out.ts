import type { Stack } from '../model/stack.ts';
import { conclude } from '../service/conclusion.ts';
import type { EngineDeps } from '../service/deps.ts';
import { openStack, stackStore } from '../store/stacks.ts';
import type { OrchestrationTables } from '../tables.ts';
import type { Change, Worker } from './change.ts';
import { compile, nothing } from './compile.ts';
import { HeldStack } from './held-stack.ts';
import { LONGEST_SLEEP_MS, News } from './news.ts';
import { Rows } from './rows.ts';
import { walk } from './walk.ts';

/**
 * Carries out what is wanted of a stack, whatever that is by now. How far it is stands in the rows of its resources, so that a process that
 * dies costs nothing. A change that failed goes on as its rollback, where that is wanted. Stacks that it holds are carried out within.
 * @param around what happens in the project, where somebody follows that already
 * @throws CloudError `unavailable` when this process lets go; the signal's reason when it is cut off
 */
export async function carryOut(
  deps: EngineDeps,
  id: string,
  { signal, place, news: around }: Worker & { readonly news?: News },
): Promise<void> {
  const over = new AbortController();
  const both = AbortSignal.any([signal, over.signal]);
  try {
    for (let stack = await underWay(deps, id); stack; stack = await underWay(deps, id)) {
      const news = around ?? News.of(deps, stack.projectId, both);
      const changes = await Changes.open(deps, stack, { news, place, signal: both });
      const ending = await walk({
        latest: () => changes.latest(),
        asked: () => news.heardOf(id),
        by: { signal, place },
      });
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

interface Around extends Worker {
  readonly news: News;
}

/** The change that is wanted of a stack, read anew when somebody asked for another. */
class Changes {
  readonly #deps: EngineDeps;
  readonly #rows: Rows;
  readonly #around: Around;
  #change: Change;

  private constructor(
    deps: EngineDeps,
    { stack, rows, around }: { stack: Stack; rows: Rows; around: Around },
  ) {
    this.#deps = deps;
    this.#rows = rows;
    this.#around = around;
    this.#change = this.#changeOf(stack);
  }

  static async open(deps: EngineDeps, stack: Stack, around: Around): Promise<Changes> {
    return new Changes(deps, { stack, rows: await Rows.read(deps, stack), around });
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
    const { news, place, signal } = this.#around;
    const compiled = compile(stack.recipe, { ...stack, region }, clock.now());
    void this.#ringAtEnd(stack);
    const change: Change = {
      stack,
      compiled: stack.action === 'DELETE' ? nothing(compiled) : compiled,
      rows: this.#rows,
      cloud: cloudOf(stack.actor, signal),
      news,
      place,
      types,
      clock,
      heldBy: (id, by) =>
        new HeldStack(this.#deps, { change, rowId: id, signal: by.signal }, (child) =>
          carryOut(this.#deps, child, { ...by, news }),
        ),
    };
    return change;
  }

  /** Nothing else tells that time is over. */
  async #ringAtEnd({ id, deadline }: Stack): Promise<void> {
    const { news, signal } = this.#around;
    const left = Date.parse(deadline) - this.#deps.clock.now().getTime();
    await this.#deps.clock
      .sleep(Math.min(Math.max(left, 0), LONGEST_SLEEP_MS), signal)
      .catch(() => undefined);
    news.ring(id);
  }
}
