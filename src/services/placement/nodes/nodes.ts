import type { Clock } from '#kernel/clock.ts';
import type { Ctx } from '#kernel/context.ts';
import { messageOf, notFound } from '#kernel/errors.ts';
import type { Logger } from '#kernel/log.ts';
import type { ControlMethods, DesiredObject, NodeMethods, ObjectKey } from '#node/protocol.ts';
import type { NodeDescription } from '#node/description.ts';
import { Role } from '#ssntp/roles.ts';
import type { Session } from '#ssntp/session.ts';
import { nodeAway } from '../model/node.ts';
import type {
  Answer,
  DesiredSource,
  NodeChange,
  NodeInfo,
  NodePort,
  NodeQuestions,
  OpenedBytes,
  Question,
  StreamAnswer,
} from '../port.ts';
import type { NodeRegistry } from '../service/nodes.ts';
import { Answers } from './answers.ts';
import { NodeLink } from './link.ts';

export interface NodesDeps {
  readonly registry: NodeRegistry;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Whatever message or commit got lost is mended after this time at the latest. */
const RESYNC_MS = 10 * 60_000;

/** Control's end of the lines to all nodes. */
export class Nodes implements NodePort, NodeQuestions {
  readonly #deps: NodesDeps;
  readonly #sources: DesiredSource[] = [];
  readonly #answers = new Answers();
  readonly #links = new Map<string, NodeLink>();
  /** Reports of one node are taken in one after the other, also over two of its sessions. */
  readonly #reports = new Map<string, Promise<void>>();

  constructor(deps: NodesDeps) {
    this.#deps = deps;
  }

  /** Before the first node connects. */
  register(source: DesiredSource): void {
    this.#sources.push(source);
  }

  answer<M extends Question>(method: M, handler: Answer<M>): void {
    this.#answers.add(method, handler);
  }

  answerStream<M extends Question>(method: M, handler: StreamAnswer<M>): void {
    this.#answers.addStream(method, handler);
  }

  /** How many nodes are connected now. */
  get connected(): number {
    return this.#links.size;
  }

  /** For each new SSNTP session, before anything of it is read. Peers that are no Hydria node are let be. */
  readonly accept = (session: Session): void => {
    if ((session.peer.roles & Role.Agent) === 0) return;
    session.handle('node.hello', async (body) => {
      await this.#welcome(session, body as NodeDescription);
      return null;
    });
    session.handle('node.report', async (body) => {
      await this.#takeReport(session, body as ControlMethods['node.report']['body']);
      return null;
    });
    session.handle('node.backends', async (body) => {
      const { volumeBackends, runtimes, runtimeDetails } = body as ControlMethods['node.backends']['body'];
      const change = {
        volumeBackends,
        ...(runtimes && { runtimes }),
        ...(runtimeDetails && { runtimeDetails }),
      };
      await this.#deps.registry.describe(session.peer.uuid, change);
      return null;
    });
    this.#answers.serve(session, () => this.#hostOf(session));
    session.onFrame(() => void this.#touch(session));
    void session.closed.then(() => this.#farewell(session));
  };

  list(_ctx: Ctx): Promise<NodeInfo[]> {
    return this.#deps.registry.list();
  }

  find(_ctx: Ctx, idOrHostname: string): Promise<NodeInfo | undefined> {
    return this.#deps.registry.find(idOrHostname);
  }

  change(_ctx: Ctx, idOrHostname: string, change: NodeChange): Promise<NodeInfo> {
    return this.#deps.registry.change(idOrHostname, change);
  }

  forget(_ctx: Ctx, idOrHostname: string): Promise<void> {
    return this.#deps.registry.forget(idOrHostname);
  }

  async put(host: string, objects: readonly DesiredObject[], removed: readonly ObjectKey[]): Promise<void> {
    await this.#link(host).put(objects, removed);
  }

  async request<M extends keyof NodeMethods>(
    host: string,
    method: M,
    body: NodeMethods[M]['body'],
  ): Promise<NodeMethods[M]['answer']> {
    return this.#link(host).request(method, body);
  }

  async open<M extends keyof NodeMethods>(
    host: string,
    method: M,
    body: NodeMethods[M]['body'],
    signal?: AbortSignal,
  ): Promise<OpenedBytes<NodeMethods[M]['answer']>> {
    return this.#link(host).open(method, body, signal);
  }

  async *stream<M extends keyof NodeMethods>(
    host: string,
    method: M,
    body: NodeMethods[M]['body'],
  ): AsyncGenerator<NodeMethods[M]['answer']> {
    yield* this.#link(host).stream(method, body);
  }

  #link(host: string): NodeLink {
    const link = this.#links.get(host);
    if (!link) throw nodeAway(host);
    return link;
  }

  async #welcome(session: Session, description: NodeDescription): Promise<void> {
    const { registry, log } = this.#deps;
    await registry.register(session.peer.uuid, description);
    const link = new NodeLink(description.hostname, session);
    this.#links.set(link.host, link);
    log.info({ host: link.host, node: session.peer.uuid }, 'a node is here');
    void this.#keepInSync(link);
  }

  async #keepInSync(link: NodeLink): Promise<void> {
    const ended = new AbortController();
    void link.session.closed.then(() => ended.abort());
    try {
      while (!ended.signal.aborted) {
        await link.sync(() => this.#listDesired(link.host));
        await this.#deps.clock.sleep(RESYNC_MS, ended.signal).catch(() => {}); // it hung up
      }
    } catch (thrown) {
      this.#deps.log.warn({ host: link.host, why: messageOf(thrown) }, 'a node could not be synchronised');
    }
  }

  async #listDesired(host: string): Promise<DesiredObject[]> {
    return (await Promise.all(this.#sources.map((source) => source.list(host)))).flat();
  }

  async #farewell(session: Session): Promise<void> {
    const link = this.#linkOf(session);
    if (!link) return; // it never said hello, or has come back over another session
    this.#links.delete(link.host);
    this.#deps.log.warn({ host: link.host }, 'a node is away');
    await this.#deps.registry.markDown(session.peer.uuid).catch((thrown: unknown) => this.#complain(thrown));
  }

  async #touch(session: Session): Promise<void> {
    if (!this.#linkOf(session)) return;
    await this.#deps.registry.touch(session.peer.uuid).catch((thrown: unknown) => this.#complain(thrown));
  }

  #linkOf(session: Session): NodeLink | undefined {
    return this.#links.values().find((link) => link.session === session);
  }

  /** @throws CloudError `not-found` before the hello. */
  #hostOf(session: Session): string {
    const link = this.#linkOf(session);
    if (!link) throw notFound('This node has not said hello.');
    return link.host;
  }

  #complain(thrown: unknown): void {
    this.#deps.log.error({ err: thrown }, 'the node registry could not be written');
  }

  /** @throws CloudError `not-found` before the hello; what a source throws, so that the node reports again. */
  async #takeReport(session: Session, message: ControlMethods['node.report']['body']): Promise<void> {
    const host = this.#hostOf(session);
    const before = this.#reports.get(host) ?? Promise.resolve();
    const taken = before.then(() => this.#dispatch(host, message));
    this.#reports.set(
      host,
      taken.catch(() => {}), // thrown below, to this report's sender alone
    );
    await taken;
  }

  async #dispatch(
    host: string,
    { reports, gone, whole }: ControlMethods['node.report']['body'],
  ): Promise<void> {
    const results = await Promise.allSettled(
      this.#sources.map(async (source) => {
        const kinds = new Set(source.kinds);
        const mine = reports.filter(({ kind }) => kinds.has(kind));
        const lost = gone.filter(({ kind }) => kinds.has(kind));
        if (whole || mine.length > 0 || lost.length > 0) await source.observed(host, mine, lost, whole);
      }),
    );
    const failed = results.find((result) => result.status === 'rejected');
    if (!failed) return;
    this.#deps.log.error({ host, err: failed.reason as unknown }, 'a report could not be taken in');
    throw failed.reason;
  }
}
