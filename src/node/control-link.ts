import type { Readable } from 'node:stream';
import { messageOf, unavailable } from '#kernel/errors.ts';
import type { Logger } from '#kernel/log.ts';
import type { Session } from '#ssntp/session.ts';
import type { MeasureQuestions } from '#measures/question.ts';
import { serveContainerFiles, type ContainerFilesDeps } from './container-files.ts';
import type { OpenImage } from './images.ts';
import type { Recorder } from './metrics/recorder.ts';
import type { GetSecret } from './secret-files.ts';
import type { NodeDescription } from './description.ts';
import type { ControlMethods, NodeMethods } from './protocol.ts';
import type { GetRegistryLogin } from './registry-images.ts';
import type { Reporter } from './reporter.ts';
import { serveContainers } from './requests.ts';
import type { Control } from './volumes/control.ts';
import type { Outbox } from './volumes/outbox.ts';
import type { World } from './world.ts';

export interface ControlLinkDeps extends Omit<ContainerFilesDeps, 'images'> {
  /** Known only once this link is. */
  readonly images: () => ContainerFilesDeps['images'];
  readonly recorder: () => Pick<Recorder, 'read'>;
  readonly world: World;
  readonly reporter: Reporter;
  readonly outbox: Outbox;
  readonly describe: () => Promise<NodeDescription>;
  /** All that should be here is known now: what else is on the machine may go. */
  readonly sweep: () => Promise<void>;
  /** Control can be asked again. */
  readonly connected: () => void;
  readonly log: Logger;
}

const REPORT_TIMEOUT_MS = 60_000;
/** A backup store may be slow, and far away. */
const TRANSFER_TIMEOUT_MS = 10 * 60_000;

/** The node's end of the line to control, over all its sessions. */
export class ControlLink implements Control {
  readonly #deps: ControlLinkDeps;
  #session: Session | null = null;

  constructor(deps: ControlLinkDeps) {
    this.#deps = deps;
  }

  /** The session that is good for asking, if there is one. */
  get session(): Session | null {
    return this.#session;
  }

  /** For each new session, before anything of it is read. */
  readonly attach = (session: Session): void => {
    serveContainers(session, this.#deps);
    serveContainerFiles(session, { ...this.#deps, images: this.#deps.images() });
    this.#deps.outbox.serve(session);
    session.handle('measures.read', async (body) => {
      const { questions } = body as MeasureQuestions;
      return { answers: await this.#deps.recorder().read(questions) };
    });
    session.handle('desired.put', async (body) => {
      const { objects, removed } = body as NodeMethods['desired.put']['body'];
      this.#deps.world.put(objects, removed);
      return null;
    });
    session.handle('desired.set', async (body) => {
      const { objects } = body as NodeMethods['desired.set']['body'];
      this.#deps.world.set(objects);
      await this.#deps.sweep();
      this.#deps.reporter.whole();
      return null;
    });
    void this.#converse(session);
  };

  /** @throws CloudError `unavailable` while control is away. */
  readonly openImage: OpenImage = async (image, signal) => {
    const { head, stream } = await this.#here.open<{ size: number }>('image.open', image, { signal });
    return { size: head.size, stream };
  };

  /** @throws CloudError `unavailable` while control is away. */
  readonly getRegistryLogin: GetRegistryLogin = async (container, signal) => {
    if (!this.#session) throw unavailable('The image cannot be pulled while control is away.');
    const login = await this.#session.request('registry.login', { container }, { signal });
    return login as ControlMethods['registry.login']['answer'];
  };

  /** @throws CloudError `unavailable` while control is away. */
  readonly getSecret: GetSecret = async (container, secret, signal) =>
    (await this.request('secret.get', { container, secret }, signal)).payload;

  request<M extends keyof ControlMethods>(
    method: M,
    body: ControlMethods[M]['body'],
    signal: AbortSignal,
  ): Promise<ControlMethods[M]['answer']> {
    return this.#here.request(method, body, { signal, timeout: TRANSFER_TIMEOUT_MS });
  }

  async open<M extends keyof ControlMethods>(
    method: M,
    body: ControlMethods[M]['body'],
    signal: AbortSignal,
  ): Promise<Readable> {
    return (await this.#here.open(method, body, { signal })).stream;
  }

  /** What changes by itself, now and then. Nothing is lost when control is away. */
  async tellChanges(): Promise<void> {
    const { volumeBackends, runtimes, runtimeDetails = {} } = await this.#deps.describe();
    await this.#session?.request('node.backends', { volumeBackends, runtimes, runtimeDetails });
  }

  get #here(): Session {
    if (this.#session) return this.#session;
    throw unavailable('Nothing can be fetched or sent while control is away.');
  }

  async #converse(session: Session): Promise<void> {
    const { describe, reporter, log } = this.#deps;
    try {
      await session.extended();
      await session.request('node.hello', await describe());
    } catch (thrown) {
      log.warn({ why: messageOf(thrown) }, 'control did not take this node');
      return session.close();
    }
    this.#session = session;
    reporter.connect((message) => session.request('node.report', message, { timeout: REPORT_TIMEOUT_MS }));
    this.#deps.connected();
    await session.closed;
    if (this.#session !== session) return;
    this.#session = null;
    reporter.connect(null);
  }
}
