import type { DesiredObject, NodeMethods, ObjectKey } from '#node/protocol.ts';
import type { OpenedStream, Session } from '#ssntp/session.ts';
import { jsonLines } from './lines.ts';

/** What a node has after a full sync. */
export type ListDesired = () => Promise<readonly DesiredObject[]>;

const PUT_TIMEOUT_MS = 30_000;
const OPEN_TIMEOUT_MS = 300_000;
const SLACK_MS = 10_000;

/**
 * One connected node. Law: what is put after the list of a full sync was made is sent after it, so that no sync takes
 * back a newer change.
 */
export class NodeLink {
  readonly host: string;
  readonly session: Session;
  #synced: Promise<void> = Promise.resolve();

  constructor(host: string, session: Session) {
    this.host = host;
    this.session = session;
  }

  /** Sends everything. A node that cannot be told hangs up, to be told at its return. */
  async sync(list: ListDesired): Promise<void> {
    const sync = list().then((objects) =>
      this.session.request('desired.set', { objects }, { timeout: PUT_TIMEOUT_MS }),
    );
    this.#synced = sync.then(
      () => {},
      () => {}, // the session ends below; whoever waits finds it so
    );
    try {
      await sync;
    } catch (thrown) {
      this.session.close('The node could not be told what it should have.');
      throw thrown;
    }
  }

  async put(objects: readonly DesiredObject[], removed: readonly ObjectKey[]): Promise<void> {
    await this.#synced;
    await this.session.request('desired.put', { objects, removed }, { timeout: PUT_TIMEOUT_MS });
  }

  request<M extends keyof NodeMethods>(
    method: M,
    body: NodeMethods[M]['body'],
  ): Promise<NodeMethods[M]['answer']> {
    const own = 'timeoutSeconds' in body ? body.timeoutSeconds * 1000 : PUT_TIMEOUT_MS;
    return this.session.request(method, body, { timeout: own + SLACK_MS });
  }

  /** A head that needs a look at many files first has the time. */
  open<M extends keyof NodeMethods>(
    method: M,
    body: NodeMethods[M]['body'],
    signal?: AbortSignal,
  ): Promise<OpenedStream<NodeMethods[M]['answer']>> {
    return this.session.open(method, body, { timeout: OPEN_TIMEOUT_MS, ...(signal && { signal }) });
  }

  async *stream<M extends keyof NodeMethods>(
    method: M,
    body: NodeMethods[M]['body'],
  ): AsyncGenerator<NodeMethods[M]['answer']> {
    const { stream } = await this.session.open(method, body);
    try {
      yield* jsonLines<NodeMethods[M]['answer']>(stream);
    } finally {
      stream.destroy();
    }
  }
}
