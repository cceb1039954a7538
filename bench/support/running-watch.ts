import type { CloudUser } from '#test/support/cloud-user.ts';

/** Tells when containers run, by the event stream: asking again and again would cost what is to be measured. */
export class RunningWatch implements Disposable {
  /** Resolves when the stream is open. */
  readonly ready: Promise<void>;
  readonly #end = new AbortController();
  readonly #seen = new Set<string>();
  readonly #waiting = new Map<string, () => void>();

  constructor(user: CloudUser) {
    const events = user.client.events(this.#end.signal);
    const opened = Promise.withResolvers<void>();
    this.ready = opened.promise;
    void this.#follow(events, opened.resolve);
  }

  /** Resolves when the container runs. @throws Error when it cannot. */
  of(id: string): Promise<void> {
    if (this.#seen.has(id)) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.set(id, resolve);
    return promise;
  }

  [Symbol.dispose](): void {
    this.#end.abort();
  }

  async #follow(events: ReturnType<CloudUser['client']['events']>, opened: () => void): Promise<void> {
    try {
      const first = events.next();
      opened();
      for (let next = await first; !next.done; next = await events.next()) this.#note(next.value);
    } catch (thrown) {
      if (!this.#end.signal.aborted) throw thrown;
    }
  }

  #note({ resource, payload }: { readonly resource: string; readonly payload: unknown }): void {
    const { status } = payload as { readonly status?: string };
    if (status !== 'Running') return;
    const id = resource.replace(/^.*:/, '');
    this.#seen.add(id);
    this.#waiting.get(id)?.();
  }
}
