import { Readable } from 'node:stream';
import { isoTime } from '#kernel/clock.ts';
import type { Ctx } from '#kernel/context.ts';
import { badRequest, conflict, messageOf } from '#kernel/errors.ts';
import type { LogLine, LogQuery, ProcessTable, WorkloadStats } from '#drivers/runtime/driver.ts';
import type { Container } from '../model/container.ts';
import { shellWords } from '#kernel/shell-words.ts';
import { assertCan, type Action } from '../model/states.ts';
import type { ContainerTables } from '../tables.ts';
import { newAction, recordAction } from './changes.ts';
import type { ContainerDeps } from './deps.ts';
import type { ContainerLookup } from './lookup.ts';

const EXECUTE_TIMEOUT_SECONDS = 5;

/** What is asked of a container where it runs: nothing of it changes what the container should be. */
export class ContainerInspection {
  readonly #deps: ContainerDeps;
  readonly #lookup: ContainerLookup;

  constructor(deps: ContainerDeps, lookup: ContainerLookup) {
    this.#deps = deps;
    this.#lookup = lookup;
  }

  async kill(ctx: Ctx, ref: string, signal: string): Promise<void> {
    const { container, host } = await this.#find(ctx, ref, 'kill');
    const action = newAction(ctx, container, 'kill');
    const end = async (error: string | null) => {
      const ended = { ...action, finishedAt: isoTime(ctx.clock.now()), error };
      await this.#deps.database.transaction<ContainerTables, void>((tx) =>
        recordAction(this.#deps, tx, ended),
      );
      this.#deps.events.publish();
    };
    try {
      await this.#deps.nodes.request(host, 'container.signal', { id: container.id, signal });
    } catch (thrown) {
      await end(messageOf(thrown));
      throw thrown;
    }
    await end(null);
  }

  async execute(ctx: Ctx, ref: string, command: string): Promise<{ output: string; exitCode: number }> {
    const args = shellWords(command);
    if (args.length === 0) throw badRequest('Invalid input for field command: it has no words.');
    const { container, host } = await this.#find(ctx, ref, 'execute');
    const timeoutSeconds = EXECUTE_TIMEOUT_SECONDS;
    return this.#deps.nodes.request(host, 'container.exec', { id: container.id, args, timeoutSeconds });
  }

  async stats(ctx: Ctx, ref: string): Promise<{ container: Container; stats: WorkloadStats }> {
    const { container, host } = await this.#find(ctx, ref, 'stats');
    return {
      container,
      stats: await this.#deps.nodes.request(host, 'container.stats', { id: container.id }),
    };
  }

  async top(ctx: Ctx, ref: string, psArgs: string | null): Promise<ProcessTable> {
    const { container, host } = await this.#find(ctx, ref, 'top');
    return this.#deps.nodes.request(host, 'container.top', { id: container.id, psArgs });
  }

  /**
   * As they come, also of a container that has ended. Nothing for one that no node has: it never wrote anything.
   * @throws CloudError `conflict` for one that keeps none
   */
  async logs(
    ctx: Ctx,
    ref: string,
    { follow, ...query }: LogQuery & { follow?: boolean },
  ): Promise<AsyncIterable<LogLine>> {
    const container = await this.#lookup.get(ctx, ref, 'container:logs');
    assertCan('logs', container);
    if (container.settings.log?.silent) throw conflict(`Container ${container.id} keeps no log.`);
    if (container.host === null) return Readable.from([]);
    const body = { id: container.id, query, ...(follow && { follow }) };
    return this.#deps.nodes.stream(container.host, 'container.logs', body);
  }

  async #find(ctx: Ctx, ref: string, action: Action): Promise<{ container: Container; host: string }> {
    const container = await this.#lookup.get(ctx, ref, `container:${action}`);
    assertCan(action, container);
    if (container.host === null) throw conflict(`Container ${container.id} is on no node.`);
    return { container, host: container.host };
  }
}
