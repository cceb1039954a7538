import type { CreateContainerBody } from '#services/container/schema/container.ts';
import { CloudError } from '#kernel/errors.ts';
import { jsonOf, serverSent } from './answer.ts';
import type { Caller } from './caller.ts';

export type { CreateContainerBody };

/** A container as Zun shows it, as far as it is looked at here. */
export interface ShownContainer {
  readonly uuid: string;
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[] | null;
  readonly status: string;
  readonly status_reason: string | null;
  readonly status_detail: string | null;
  readonly task_state: string | null;
  readonly created_at: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly addresses: Readonly<Record<string, readonly { readonly addr: string; readonly version: 4 | 6 }[]>>;
  readonly ports: readonly number[];
  readonly interactive: boolean;
  readonly tty: boolean;
  readonly auto_remove: boolean;
  /** Where the cloud looks after the health of containers. */
  readonly health?: string | { readonly status?: string } | null;
}

export interface LogLine {
  readonly time: string;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

export interface LogFilter {
  readonly tail?: string | undefined;
  readonly since?: string | undefined;
  readonly grep?: string | undefined;
}

/** Of a console: where it is, and the id of its command (null = the container itself). */
export interface ConsoleOffer {
  readonly url: string;
  readonly execId: string | null;
}

export interface TerminalSize {
  readonly rows: number;
  readonly columns: number;
}

export interface Stats {
  readonly 'CPU %': number;
  readonly 'MEM USAGE(MiB)': number;
  readonly 'MEM LIMIT(MiB)': number;
  readonly 'MEM %': number;
  readonly 'BLOCK I/O(B)': string;
  readonly 'NET I/O(B)': string;
}

export interface ProcessTable {
  readonly Titles: readonly string[];
  readonly Processes: readonly (readonly string[])[];
}

const SERVICE = 'container';

/** Zun's API, with Hydria's own paths where Zun has none: logs that are followed, commands without a terminal. */
export class Containers {
  readonly #session: Caller;

  constructor(session: Caller) {
    this.#session = session;
  }

  create(body: CreateContainerBody, run: boolean): Promise<ShownContainer> {
    return this.#call('POST', '/containers', { body, query: { run: String(run) } });
  }

  get(ref: string): Promise<ShownContainer> {
    return this.#call('GET', pathOf(ref));
  }

  async find(ref: string): Promise<ShownContainer | undefined> {
    return this.get(ref).catch(unlessNotFound);
  }

  /** All of the project, a page at a time. */
  async list(): Promise<ShownContainer[]> {
    const all: ShownContainer[] = [];
    let marker: string | undefined;
    do {
      const page: { containers: ShownContainer[]; next: string | null } = await this.#call(
        'GET',
        '/containers',
        { query: { marker } },
      );
      all.push(...page.containers);
      marker = page.next === null ? undefined : page.containers.at(-1)?.uuid;
    } while (marker !== undefined);
    return all;
  }

  async remove(ref: string, how: { readonly stop?: boolean; readonly force?: boolean } = {}): Promise<void> {
    const flags = Object.entries(how).flatMap(([name, is]) => (is ? [[name, 'true']] : []));
    await this.#call('DELETE', pathOf(ref), { query: Object.fromEntries(flags) as Record<string, string> });
  }

  /** `start`, `stop`, `reboot`, `pause`, `unpause`. @param timeout seconds until a stop is by force */
  async power(ref: string, verb: string, timeout?: number): Promise<void> {
    const query = timeout === undefined ? {} : { timeout: String(timeout) };
    await this.#call('POST', `${pathOf(ref)}/${verb}`, { query });
  }

  async kill(ref: string, signal: string): Promise<void> {
    await this.#call('POST', `${pathOf(ref)}/kill`, { query: { signal } });
  }

  logs(ref: string, { tail, since }: LogFilter, timestamps: boolean): Promise<string> {
    const query = { tail, since, timestamps: String(timestamps) };
    return this.#call('GET', `${pathOf(ref)}/logs`, { query });
  }

  /** Lines that were written, then those to come, until the container stops. */
  async *follow(ref: string, filter: LogFilter, signal?: AbortSignal): AsyncGenerator<LogLine, void> {
    const options = { query: { ...filter }, ...(signal ? { signal } : {}) };
    const answer = await this.#session.open(SERVICE, 'GET', `${pathOf(ref)}/logs/stream`, options);
    for await (const { data } of serverSent<LogLine>(answer)) if (data !== undefined) yield data;
  }

  async attach(ref: string): Promise<ConsoleOffer> {
    const url = await this.#call<string>('GET', `${pathOf(ref)}/attach`);
    return { url, execId: null };
  }

  /** A command that runs as long as its console is open. */
  async execute(ref: string, command: readonly string[], tty: boolean): Promise<ConsoleOffer> {
    const body = {
      command: command.map(quote).join(' '),
      run: false,
      interactive: true,
      ...(!tty && { tty }),
    };
    const answer = await this.#call<{ proxy_url: string; exec_id: string }>(
      'POST',
      `${pathOf(ref)}/execute`,
      { body },
    );
    return { url: answer.proxy_url, execId: answer.exec_id };
  }

  async resize(ref: string, { execId }: ConsoleOffer, { rows, columns }: TerminalSize): Promise<void> {
    const query = { h: String(rows), w: String(columns), ...(execId === null ? {} : { exec_id: execId }) };
    await this.#call('POST', `${pathOf(ref)}/${execId === null ? 'resize' : 'execute_resize'}`, { query });
  }

  top(ref: string, psArgs: string | undefined): Promise<ProcessTable> {
    return this.#call('GET', `${pathOf(ref)}/top`, { query: { ps_args: psArgs } });
  }

  stats(ref: string): Promise<Stats> {
    return this.#call('GET', `${pathOf(ref)}/stats`);
  }

  /** A path of the container as tar. */
  async readArchive(ref: string, path: string): Promise<Buffer> {
    const answer = await this.#session.open(SERVICE, 'GET', `${pathOf(ref)}/get_archive`, {
      query: { path },
    });
    return Buffer.from((await jsonOf<{ data: string }>(answer)).data, 'base64');
  }

  /** Unpacks a tar in a directory of the container. */
  async writeArchive(ref: string, path: string, tar: Buffer): Promise<void> {
    const body = { data: tar.toString('base64') };
    await this.#call('POST', `${pathOf(ref)}/put_archive`, { body, query: { path } });
  }

  /** @returns the id of the image that is being made. */
  async commit(ref: string, repository: string, tag: string): Promise<string> {
    const query = { repository, tag };
    return (await this.#call<{ uuid: string }>('POST', `${pathOf(ref)}/commit`, { query })).uuid;
  }

  #call<T>(method: string, path: string, call: Parameters<Caller['call']>[3] = {}): Promise<T> {
    return this.#session.call<T>(SERVICE, method, path, call);
  }
}

const pathOf = (ref: string): string => `/containers/${encodeURIComponent(ref)}`;

/** One word for the API, which splits a command line as a shell does. */
const quote = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;

export function unlessNotFound(thrown: unknown): undefined {
  if (thrown instanceof CloudError && thrown.kind === 'not-found') return undefined;
  throw thrown;
}

/** Of a container that has stopped, from the words that Zun has for it. */
export function exitCodeOf({
  status_detail: detail,
}: Pick<ShownContainer, 'status_detail'>): number | undefined {
  const code = /^Exited\((-?\d+)\)/.exec(detail ?? '')?.[1];
  return code === undefined ? undefined : Number(code);
}
