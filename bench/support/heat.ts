import { setTimeout } from 'node:timers/promises';

/** Asked for its state as often as the fastest stack needs, and a slow one so seldom that asking costs it little: within a twentieth of its time. */
const LOOK_EVERY_MS = 5;
const PART = 20;

export interface HeatStack {
  readonly id: string;
  readonly stack_status: string;
  readonly stack_status_reason: string;
}

export interface HeatEvent {
  readonly resource_name: string;
  readonly resource_status: string;
}

/** What a Heat does with whole stacks, whoever serves it. */
export class Heat {
  readonly #url: string;
  readonly #token: string;

  /** @param url with `/v1/<project>` */
  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  /** @returns the stack's path, once it is made */
  async create(name: string, template: object): Promise<string> {
    const { stack } = await this.#call<{ stack: HeatStack }>('POST', '/stacks', {
      stack_name: name,
      template,
      timeout_mins: 10,
    });
    return this.#until(`/stacks/${name}/${stack.id}`, 'CREATE_COMPLETE');
  }

  async update(path: string, template: object): Promise<void> {
    await this.#call('PUT', path, { template, timeout_mins: 10 });
    await this.#until(path, 'UPDATE_COMPLETE');
  }

  async remove(path: string): Promise<void> {
    await this.#call('DELETE', path);
    await this.#until(path, 'DELETE_COMPLETE');
  }

  /** The newest. */
  async events(path: string, limit: number): Promise<readonly HeatEvent[]> {
    const query = `sort_dir=desc&limit=${limit}`;
    return (await this.#call<{ events: readonly HeatEvent[] }>('GET', `${path}/events?${query}`)).events;
  }

  async #until(path: string, state: string): Promise<string> {
    const began = performance.now();
    for (;;) {
      const { stack } = await this.#call<{ stack: HeatStack }>('GET', `${path}?resolve_outputs=False`);
      if (stack.stack_status === state) return path;
      if (stack.stack_status.endsWith('_FAILED')) throw new Error(stack.stack_status_reason);
      await setTimeout(Math.max(LOOK_EVERY_MS, (performance.now() - began) / PART));
    }
  }

  async #call<Answer>(method: string, path: string, body?: object): Promise<Answer> {
    const answer = await fetch(`${this.#url}${path}`, {
      method,
      headers: { 'x-auth-token': this.#token, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text === '' ? null : JSON.parse(text)) as Answer;
  }
}
