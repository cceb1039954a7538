import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RuntimeDriver, WorkloadUsage } from '#drivers/runtime/driver.ts';
import type { Clock } from '#kernel/clock.ts';
import { messageOf } from '#kernel/errors.ts';
import type { Logger } from '#kernel/log.ts';
import { Slots } from '#kernel/slots.ts';
import type { MeasureQuestion } from '#measures/question.ts';
import { beginOf, RINGS, type Slot } from '#measures/slot.ts';
import { isContainer, type Entry, type WorldView } from '../objects.ts';
import type { DesiredObject } from '../protocol.ts';
import { RingFile } from './ring-file.ts';

export interface RecorderDeps {
  readonly world: WorldView;
  readonly runtimes: ReadonlyMap<string, RuntimeDriver>;
  /** A folder of its own: one file per workload, which goes with it. */
  readonly directory: string;
  readonly clock: Clock;
  readonly log: Logger;
}

interface Look {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly cpuNanos: number;
}

type ContainerEntry = Entry<Extract<DesiredObject, { kind: 'container' }>>;

const TICK_MS = RINGS[0].seconds * 1000;
const AT_ONCE = 16;
const MIB = 1 << 20;

/**
 * Looks at every workload that runs, every ten seconds, and keeps what it used, so that graphs and alarms need no other software. While
 * nothing runs, it sleeps. A look that comes late, or not at all, leaves a gap and nothing else.
 */
export class Recorder {
  readonly #deps: RecorderDeps;
  readonly #looks = new Map<string, Look>();
  readonly #slots = new Slots(AT_ONCE);
  readonly #ending = new AbortController();
  #ticking: Promise<void> | null = null;
  #on = false;

  constructor(deps: RecorderDeps) {
    this.#deps = deps;
  }

  /** Forgets what is not here any more, and begins. Before, nothing is looked at. */
  async start(): Promise<void> {
    const { directory, world } = this.#deps;
    await mkdir(directory, { recursive: true, mode: 0o700 });
    for (const id of await readdir(directory))
      if (!world.find('container', id)) await rm(join(directory, id), { force: true });
    this.#on = true;
    this.#wake();
  }

  /** Something about this container may be different. */
  look({ id }: Pick<Entry, 'id'>): void {
    const entry = this.#deps.world.find('container', id);
    if (entry) return this.#wake();
    this.#looks.delete(id);
    rm(this.#path(id), { force: true }).catch((thrown: unknown) => this.#complain(id, thrown));
  }

  /** What is known for each question in turn. */
  async read(questions: readonly MeasureQuestion[]): Promise<readonly (readonly Slot[])[]> {
    return Promise.all(
      questions.map((question) => this.#slots.run(this.#ending.signal, () => this.#answer(question))),
    );
  }

  async close(): Promise<void> {
    this.#ending.abort();
    await this.#ticking;
  }

  async #answer({ id, ...span }: MeasureQuestion): Promise<readonly Slot[]> {
    if (!this.#deps.world.find('container', id)) return [];
    return this.#withFile(id, (file) => file.read(span));
  }

  #wake(): void {
    if (!this.#on || this.#ticking || this.#ending.signal.aborted || this.#running().length === 0) return;
    this.#ticking = this.#tick().finally(() => {
      this.#ticking = null;
      this.#wake(); // what began to run while the last tick ended
    });
  }

  async #tick(): Promise<void> {
    const { clock } = this.#deps;
    const { signal } = this.#ending;
    while (!signal.aborted && this.#running().length > 0) {
      const now = clock.now().getTime();
      await clock.sleep(TICK_MS - (now % TICK_MS), signal).catch(() => {}); // the node ends
      if (!signal.aborted) await this.#lookAtAll();
    }
  }

  async #lookAtAll(): Promise<void> {
    const running = this.#running();
    const { signal } = this.#ending;
    await Promise.all(
      running.map((entry) => this.#slots.run(signal, () => this.#lookAt(entry)).catch(() => {})),
    );
    const ids = new Set(running.map(({ id }) => id));
    for (const id of this.#looks.keys()) if (!ids.has(id)) this.#looks.delete(id);
  }

  #running(): readonly ContainerEntry[] {
    return this.#deps.world
      .entries()
      .filter(isContainer)
      .filter(({ facts }) => facts.workload.state.status === 'running')
      .toArray();
  }

  async #lookAt(entry: ContainerEntry): Promise<void> {
    const { runtimes, clock } = this.#deps;
    const { handle } = entry.facts.workload;
    const driver = handle && runtimes.get(handle.runtime);
    if (!driver) return;
    try {
      const usage = await driver.usage(handle);
      const at = clock.now().getTime();
      const before = this.#looks.get(entry.id);
      this.#looks.set(entry.id, { at, cpuNanos: usage.cpuNanos });
      // How fast it goes is known from the second look on.
      if (before === undefined || at <= before.at) return;
      const cores = entry.desired?.spec.resources.cpu ?? 1;
      const cpuUtil = percent(usage.cpuNanos, before, at) / (cores || 1);
      await this.#withFile(entry.id, (file) => file.add(slotOf(usage, { at, cpuUtil })));
      this.look(entry); // it may have gone meanwhile, and its file with it
    } catch (thrown) {
      this.#complain(entry.id, thrown);
    }
  }

  async #withFile<T>(id: string, use: (file: RingFile) => Promise<T>): Promise<T> {
    const file = await RingFile.open(this.#path(id));
    try {
      return await use(file);
    } finally {
      await file.close();
    }
  }

  #path = (id: string): string => join(this.#deps.directory, id);

  /** It may have ended meanwhile. */
  #complain(id: string, thrown: unknown): void {
    this.#deps.log.debug({ container: id, why: messageOf(thrown) }, 'a workload was not measured');
  }
}

/** Of one processor. What counts less than before has begun anew. */
function percent(cpuNanos: number, before: Look, at: number): number {
  const used = cpuNanos >= before.cpuNanos ? cpuNanos - before.cpuNanos : cpuNanos;
  return (used / ((at - before.at) * 1e6)) * 100;
}

function slotOf(usage: WorkloadUsage, { at, cpuUtil }: { at: number; cpuUtil: number }): Slot {
  const once = (value: number) => ({ sum: value, min: value, max: value, last: value });
  const { cpuNanos, netReceived, netSent, blockRead, blockWritten, memoryUsed } = usage;
  return {
    at: beginOf(Math.floor(at / 1000), RINGS[0].seconds),
    count: 1,
    totals: { cpu: cpuNanos, received: netReceived, sent: netSent, read: blockRead, written: blockWritten },
    gauges: { cpuUtil: once(cpuUtil), memory: once(memoryUsed / MIB) },
  };
}
