import type { RuntimeDriver } from '#drivers/runtime/driver.ts';
import type { Clock } from '#kernel/clock.ts';
import { messageOf } from '#kernel/errors.ts';
import { Slots } from '#kernel/slots.ts';
import { probesOf, probesToTry, withOutcome, type ProbeOutcome, type Probes } from './health.ts';
import { isContainer, sandboxIdOf, type Entry } from './objects.ts';
import type { TryInNamespace } from './probe-network.ts';
import type { ContainerSpec, ProbeName } from './protocol.ts';
import type { World } from './world.ts';

export interface ProberDeps {
  readonly world: World;
  readonly runtimes: ReadonlyMap<string, RuntimeDriver>;
  readonly tryNetwork: TryInNamespace;
  readonly clock: Clock;
}

interface Round {
  /** Of which run, and of which probe: another one is another round. */
  readonly key: string;
  readonly abort: AbortController;
}

const AT_ONCE = 16;
const OUTPUT_BYTES = 4096;
/** Of the interval: so that containers which started together are not asked together for ever. */
const JITTER = 0.1;

/**
 * Asks containers whether they are well, each by its own probes in its own time, and writes down what it learns: what follows from that is
 * the planner's. Control has no part in it. What was learned is remembered, so that a restart of the node goes on where it was.
 */
export class Prober {
  readonly #deps: ProberDeps;
  readonly #rounds = new Map<string, Map<ProbeName, Round>>();
  readonly #slots = new Slots(AT_ONCE);
  #on = false;

  constructor(deps: ProberDeps) {
    this.#deps = deps;
  }

  /** Begins to ask. Before, looks are passed over. */
  start(): void {
    this.#on = true;
    for (const entry of this.#deps.world.entries()) if (isContainer(entry)) this.look(entry);
  }

  /** Something about this container may be different: begins and ends what is to be asked. */
  look({ id }: Pick<Entry, 'id'>): void {
    if (!this.#on) return;
    const rounds = this.#rounds.get(id) ?? new Map<ProbeName, Round>();
    const due = new Map(this.#due(id).map((probe) => [probe[0], probe]));
    const key = (name: ProbeName) => this.#key(id, due.get(name));
    for (const [name, round] of rounds) {
      if (round.key === key(name)) continue;
      round.abort.abort();
      rounds.delete(name);
    }
    for (const [name, probe] of due) {
      if (rounds.has(name)) continue;
      const abort = new AbortController();
      rounds.set(name, { key: key(name), abort });
      this.#ask(id, probe, abort.signal).catch(() => {}); // it was called off
    }
    if (rounds.size > 0) this.#rounds.set(id, rounds);
    else this.#rounds.delete(id);
  }

  /** Asks no more. An answer that is still to come is not listened to. */
  close(): void {
    this.#on = false;
    for (const rounds of this.#rounds.values()) for (const { abort } of rounds.values()) abort.abort();
    this.#rounds.clear();
  }

  #due(id: string): Probes {
    const entry = this.#deps.world.find('container', id);
    if (!entry?.wanted || !isContainer(entry) || !entry.desired) return [];
    const { workload } = entry.facts;
    if (workload.state.status !== 'running' || workload.state.startedAt === null) return [];
    return probesToTry(probesOf(entry.desired.spec, workload), workload);
  }

  #key(id: string, probe: Probes[number] | undefined): string {
    const startedAt = this.#deps.world.find('container', id)?.facts.workload.state.startedAt;
    return probe ? `${startedAt} ${JSON.stringify(probe)}` : '';
  }

  async #ask(id: string, [name, probe]: Probes[number], signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    const interval = probe.intervalSeconds * 1000;
    await clock.sleep(this.#firstWait(id, probe.initialDelaySeconds), signal);
    while (!signal.aborted) {
      const outcome = await this.#slots.run(signal, () => this.#try(id, probe));
      if (signal.aborted) return;
      this.#write(id, [name, probe], outcome);
      await clock.sleep(interval * (1 + (Math.random() * 2 - 1) * JITTER), signal);
    }
  }

  #firstWait(id: string, delaySeconds: number): number {
    const startedAt = this.#deps.world.find('container', id)?.facts.workload.state.startedAt;
    const age = this.#deps.clock.now().getTime() - Date.parse(startedAt ?? '');
    return Math.max(0, delaySeconds * 1000 - age);
  }

  /** A command that does not end in its time is killed by the runtime. */
  async #try(id: string, { means, timeoutSeconds }: Probes[number][1]): Promise<ProbeOutcome> {
    const { world, runtimes, tryNetwork } = this.#deps;
    const entry = world.find('container', id);
    const { handle } = entry?.facts.workload ?? {};
    if (!entry || entry.desired?.kind !== 'container' || !handle) return gone;
    if (means.kind !== 'exec') {
      const netns = world.find('sandbox', sandboxIdOf(entry) ?? id)?.facts.netns;
      const target = { address: addressOf(entry.desired.spec), timeoutSeconds };
      return netns ? tryNetwork(means, { netns, ...target }) : gone;
    }
    try {
      const ability = runtimes.get(handle.runtime)?.exec;
      if (!ability) return { passed: false, output: `The runtime ${handle.runtime} runs no commands.` };
      const request = { args: means.args, timeoutSeconds, maxOutput: OUTPUT_BYTES };
      const { output, exitCode } = await ability.run(handle, request);
      return { passed: exitCode === 0, output };
    } catch (thrown) {
      return { passed: false, output: messageOf(thrown) };
    }
  }

  #write(id: string, probe: Probes[number], outcome: ProbeOutcome): void {
    const { world, clock } = this.#deps;
    const entry = world.find('container', id);
    if (!entry) return;
    const { workload } = entry.facts;
    const after = withOutcome(workload, probe, { ...outcome, now: clock.now() });
    if (after !== workload) world.setWorkload(entry, { health: after.health ?? null });
  }
}

const gone: ProbeOutcome = { passed: false, output: 'The container is not there.' };

/** As others reach it; one without a network, as it reaches itself. */
const addressOf = ({ hosts }: ContainerSpec): string => hosts[0]?.address ?? '127.0.0.1';
