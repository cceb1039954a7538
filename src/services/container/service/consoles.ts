import { randomUUID } from 'node:crypto';
import { Duplex, PassThrough, type Readable } from 'node:stream';
import type { TerminalSize } from '#drivers/runtime/driver.ts';
import type { Ctx } from '#kernel/context.ts';
import { badRequest, CloudError, conflict, notFound } from '#kernel/errors.ts';
import type { OpenedSocket } from '#kernel/http/socket.ts';
import type { NodeQuestions } from '#services/placement/port.ts';
import type { Container } from '../model/container.ts';
import { shellWords } from '#kernel/shell-words.ts';
import { assertCan, type Action } from '../model/states.ts';
import { newExecId, type Ticket } from '../model/ticket.ts';
import { containerStore } from '../store/containers.ts';
import type { ContainerTables } from '../tables.ts';
import type { ContainerDeps } from './deps.ts';
import type { ContainerLookup } from './lookup.ts';
import { Tickets } from './tickets.ts';

/** A promise of a console: who shows the ticket gets it. */
export interface ConsoleOffer {
  readonly ticket: string;
  readonly containerId: string;
  readonly execId: string | null;
}

interface Open {
  readonly container: Container;
  readonly host: string;
  readonly typed: PassThrough;
}

const MAX_PER_CONTAINER = 16;
const MAX_PER_PROJECT = 64;
/** Until the client says otherwise, at once. */
const FIRST_SIZE: TerminalSize = { rows: 24, columns: 80 };

/** Consoles of containers and of commands in them, from the promise to the last byte. */
export class Consoles {
  readonly #deps: ContainerDeps;
  readonly #lookup: ContainerLookup;
  readonly #tickets: Tickets;
  readonly #open = new Map<string, Open>();

  constructor(deps: ContainerDeps, lookup: ContainerLookup) {
    this.#deps = deps;
    this.#lookup = lookup;
    this.#tickets = new Tickets({ ...deps, ticketSeconds: deps.consoles.ticketSeconds });
  }

  /** What is typed at a console, for the node that was asked to open it. */
  answer(nodes: NodeQuestions): void {
    nodes.answerStream('console.input', async ({ host }, { console }) => {
      const open = this.#open.get(console);
      if (open?.host !== host) throw notFound('There is no such console.');
      return { head: null, stream: open.typed };
    });
  }

  async offerContainer(ctx: Ctx, ref: string): Promise<ConsoleOffer> {
    const container = await this.#find(ctx, ref, 'attach');
    if (!container.settings.interactive)
      throw badRequest(`Container ${container.id} is not interactive: it cannot be attached to.`);
    return this.#offer(ctx, container, null);
  }

  async offerCommand(
    ctx: Ctx,
    ref: string,
    { line, tty }: { readonly line: string; readonly tty: boolean },
  ): Promise<ConsoleOffer> {
    const command = shellWords(line);
    if (command.length === 0) throw badRequest('Invalid input for field command: it has no words.');
    const container = await this.#find(ctx, ref, 'execute');
    return this.#offer(ctx, container, { id: newExecId(), command, tty });
  }

  async resizeContainer(ctx: Ctx, ref: string, size: TerminalSize): Promise<void> {
    const container = await this.#find(ctx, ref, 'resize');
    if (!container.settings.tty) throw badRequest(`Container ${container.id} has no terminal.`);
    await this.#deps.nodes.request(hostOf(container), 'console.resize', {
      id: container.id,
      console: null,
      size,
    });
  }

  /** A command that has not begun, or has ended, has no size. */
  async resizeCommand(
    ctx: Ctx,
    ref: string,
    { execId, size }: { execId: string; size: TerminalSize },
  ): Promise<void> {
    const container = await this.#find(ctx, ref, 'execute_resize');
    if (!(await this.#tickets.knows(container.id, execId)))
      throw notFound(`Exec ${execId} could not be found.`);
    try {
      const body = { id: container.id, console: execId, size };
      await this.#deps.nodes.request(hostOf(container), 'console.resize', body);
    } catch (thrown) {
      if (CloudError.from(thrown).kind !== 'not-found') throw thrown;
    }
  }

  /** Takes the ticket and opens what it promises. @throws CloudError `unauthenticated`, `quota`, `conflict`, `unavailable`. */
  async open(text: string, containerId: string, execId: string | null): Promise<OpenedSocket> {
    const ticket = await this.#tickets.use(text, containerId, execId);
    const container = await containerStore.find(this.#deps.database.handle<ContainerTables>(), containerId);
    if (!container) throw notFound(`Container ${containerId} could not be found.`);
    assertCan('attach', container);
    this.#assertRoom(container);
    const { user, projectId } = ticket;
    const target = `/v1/containers/${containerId}${execId === null ? '' : `/exec/${execId}`}`;
    return { ...(await this.#connect(container, ticket)), user, projectId, target };
  }

  async #connect(container: Container, { exec }: Ticket): Promise<Pick<OpenedSocket, 'stream' | 'farewell'>> {
    const console = exec?.id ?? randomUUID();
    const open = { container, host: hostOf(container), typed: new PassThrough() };
    this.#open.set(console, open);
    const terminal = exec?.tty ? FIRST_SIZE : null;
    const body = { id: container.id, console, command: exec?.command ?? null, terminal };
    try {
      const { stream: read } = await this.#deps.nodes.open(open.host, 'console.open', body);
      read.once('close', () => this.#open.delete(console));
      return { stream: bothWays(read, open.typed), farewell: () => this.#farewell(open.host, console) };
    } catch (thrown) {
      this.#open.delete(console);
      throw thrown;
    }
  }

  /** `exit code 3`; nothing where the node cannot tell. */
  async #farewell(host: string, console: string): Promise<string> {
    const answer = await this.#deps.nodes.request(host, 'console.ended', { console }).catch(() => null);
    return answer?.exitCode === null || answer?.exitCode === undefined ? '' : `exit code ${answer.exitCode}`;
  }

  #assertRoom({ id, projectId }: Container): void {
    const open = [...this.#open.values()].filter(({ container }) => container.projectId === projectId);
    const here = open.filter(({ container }) => container.id === id);
    if (here.length < MAX_PER_CONTAINER && open.length < MAX_PER_PROJECT) return;
    throw new CloudError('quota', `Too many consoles are open: ${here.length} of this container.`);
  }

  async #offer(ctx: Ctx, container: Container, exec: Ticket['exec']): Promise<ConsoleOffer> {
    const ticket = await this.#tickets.issue(ctx, container, exec);
    return { ticket, containerId: container.id, execId: exec?.id ?? null };
  }

  async #find(ctx: Ctx, ref: string, action: Action): Promise<Container> {
    const container = await this.#lookup.get(ctx, ref, `container:${action}`);
    assertCan(action, container);
    return container;
  }
}

function hostOf({ id, host }: Container): string {
  if (host === null) throw conflict(`Container ${id} is on no node.`);
  return host;
}

/** The end of what comes is the end of both; destroying it hangs up. */
function bothWays(read: Readable, typed: PassThrough): Duplex {
  const stream = Duplex.from({ readable: read, writable: typed });
  stream.once('close', () => {
    read.destroy();
    typed.destroy();
  });
  return stream;
}
