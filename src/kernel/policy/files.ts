import { watch, type FSWatcher } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Clock } from '../clock.ts';
import { badRequest, messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Policy } from './policy.ts';

const FILE = 'policy.yaml';
const FOLDER = 'policy.d';
/** A file that is being written is read when it has been quiet for so long. */
const QUIET_MS = 100;

/**
 * The rules that a directory overrides: `policy.yaml`, then `policy.d/*.yaml` in the order of their names; the last word
 * counts. Expressions are texts, or oslo.policy's lists: any of the outer, all of the inner.
 * @throws CloudError `bad-request` that names the file.
 */
export async function readPolicyFiles(directory: string): Promise<ReadonlyMap<string, string>> {
  const folder = join(directory, FOLDER);
  const inside = (await unlessAbsent(readdir(folder), folder)) ?? [];
  const names = inside.filter((name) => /^[^.].*\.ya?ml$/.test(name)).toSorted();
  const rules = new Map<string, string>();
  for (const path of [join(directory, FILE), ...names.map((name) => join(folder, name))]) {
    const text = await unlessAbsent(readFile(path, 'utf8'), path);
    for (const [name, check] of rulesOf(path, text ?? '')) rules.set(name, check);
  }
  return rules;
}

function rulesOf(path: string, text: string): readonly (readonly [string, string])[] {
  const value = parseYaml(path, text);
  if (value === null || value === undefined) return [];
  if (typeof value !== 'object' || Array.isArray(value))
    throw badRequest(`${path}: it must be a mapping of rules to expressions.`);
  return Object.entries(value).map(([name, check]) => [name, expressionOf(check, `${path}: ${name}`)]);
}

function parseYaml(path: string, text: string): unknown {
  try {
    return parse(text) as unknown;
  } catch (cause) {
    throw badRequest(`${path}: ${messageOf(cause)}`, { cause });
  }
}

function expressionOf(check: unknown, place: string): string {
  if (typeof check === 'string') return check;
  if (!Array.isArray(check)) throw badRequest(`${place}: the expression must be a text.`);
  const any = check.map((all: unknown) => (Array.isArray(all) ? `(${all.join(' and ')})` : String(all)));
  return any.join(' or ');
}

async function unlessAbsent<T>(reading: Promise<T>, path: string): Promise<T | undefined> {
  try {
    return await reading;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw badRequest(`Cannot read ${path}: ${messageOf(cause)}`, { cause });
  }
}

export interface PolicyFilesDeps {
  readonly directory: string;
  readonly policy: Policy;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Keeps a policy as its files say. They are read again when they change; what cannot be read changes nothing and is
 * logged. At start, when there is nothing good to keep, it is refused: to go on without a rule might allow too much.
 */
export class PolicyFiles {
  readonly #deps: PolicyFilesDeps;
  readonly #watchers = new Map<string, FSWatcher>();
  #settling = new AbortController();

  constructor(deps: PolicyFilesDeps) {
    this.#deps = deps;
  }

  /** @throws CloudError `bad-request` or Error that names the file or the rule. */
  async start(): Promise<void> {
    const { directory } = this.#deps;
    this.#watch(directory);
    this.#watch(join(directory, FOLDER));
    await this.#load();
  }

  stop(): void {
    this.#settling.abort();
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  async #load(): Promise<void> {
    const { directory, policy, log } = this.#deps;
    const rules = await readPolicyFiles(directory);
    policy.override(rules);
    for (const doubt of policy.doubts()) log.warn({ doubt }, 'policy files may be mistaken');
    if (rules.size > 0) log.info({ rules: rules.size }, 'policy files override rules');
  }

  /** What is not there cannot be watched; that it comes is an event in the directory above. */
  #watch(path: string): void {
    this.#watchers.get(path)?.close();
    this.#watchers.delete(path);
    try {
      const watcher = watch(path, { persistent: false }, (_, name) => {
        if (path !== this.#deps.directory || name === null || [FILE, FOLDER].includes(name))
          void this.#changed();
      });
      watcher.on('error', (err) => this.#deps.log.warn({ err, path }, 'policy files are no longer watched'));
      this.#watchers.set(path, watcher);
    } catch (err) {
      this.#deps.log.debug({ err, path }, 'not watched');
    }
  }

  async #changed(): Promise<void> {
    this.#settling.abort();
    const { signal } = (this.#settling = new AbortController());
    try {
      await this.#deps.clock.sleep(QUIET_MS, signal);
    } catch {
      return; // it changed again, or is over
    }
    this.#watch(join(this.#deps.directory, FOLDER));
    try {
      await this.#load();
    } catch (err) {
      this.#deps.log.error({ err }, 'policy files cannot be read: the rules stay as they were');
    }
  }
}
