import { mkdir, open, readdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { exec, ExecError, type ExecOptions, type ExecResult } from '#kernel/exec.ts';

/** A network namespace by name; null is the machine's own. */
export type Namespace = string | null;

const NETNS_DIRECTORY = '/run/netns';
const NSFS_MAGIC = 0x6e736673;
const ABSENT =
  /Cannot find device|does not exist|No such (device|process|file)|Cannot assign requested address/;

/** The machine's network tools, each usable in any namespace. One process per call. */
export class Host {
  readonly #machine: string | null;

  /** @param machine the namespace that plays the machine in tests; null = where this process runs. */
  constructor(machine: string | null) {
    this.#machine = machine;
  }

  /** Runs lines of ip(8) in order and stops at the first that fails. No lines, no process. */
  async ip(namespace: Namespace, lines: readonly string[]): Promise<void> {
    if (lines.length > 0) await exec('ip', [...this.#at(namespace), '-batch', '-'], { input: text(lines) });
  }

  /** Runs all lines; what they take away may be gone already. */
  async ipRemove(namespace: Namespace, lines: readonly string[]): Promise<void> {
    const args = [...this.#at(namespace), '-force', '-batch', '-'];
    const { code, stderr } = await exec('ip', args, { input: text(lines), okCodes: [0, 1] });
    const failures = stderr.split('\n').filter((line) => line && !line.startsWith('Command failed'));
    if (failures.some((line) => !ABSENT.test(line))) throw new ExecError('ip', code, failures.join('\n'));
  }

  /** What `ip -json` says to each line. */
  async show<T>(namespace: Namespace, lines: readonly string[]): Promise<T[][]> {
    const args = [...this.#at(namespace), '-json', '-batch', '-'];
    const { stdout } = await exec('ip', args, { input: text(lines), maxOutput: 64 << 20 });
    return stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as T[]);
  }

  /** Loads rules as one transaction. */
  async nft(namespace: Namespace, rules: string): Promise<void> {
    await this.run(namespace, ['nft', '-f', '-'], { input: rules });
  }

  /** Runs any program in a namespace. */
  run(namespace: Namespace, argv: readonly string[], options?: ExecOptions): Promise<ExecResult> {
    const path = this.#path(namespace);
    const [command = '', ...args] = path === null ? argv : ['nsenter', `--net=${path}`, ...argv];
    return exec(command, args, options);
  }

  /** Sets kernel settings that are each namespace's own. */
  async sysctl(namespace: Namespace, settings: readonly string[]): Promise<void> {
    await this.run(namespace, ['sysctl', '-q', '-w', ...settings]);
  }

  /** Makes a namespace with kernel settings in one process. @returns whether it was new. */
  async addNamespace(name: string, settings: readonly string[]): Promise<boolean> {
    if (await this.hasNamespace(name)) return false;
    await mkdir(NETNS_DIRECTORY, { recursive: true });
    await (await open(namespacePath(name), 'a', 0o444)).close();
    await exec('unshare', [`--net=${namespacePath(name)}`, 'sysctl', '-q', '-w', ...settings]);
    return true;
  }

  /** Whole namespaces only: one whose making was cut short is a plain file. */
  async hasNamespace(name: string): Promise<boolean> {
    try {
      return (await statfs(namespacePath(name))).type === NSFS_MAGIC;
    } catch {
      return false;
    }
  }

  async removeNamespace(name: string): Promise<void> {
    if ((await this.listNamespaces()).includes(name)) await exec('ip', ['netns', 'delete', name]);
  }

  /** Every namespace of the machine with a name, half-made ones too. */
  listNamespaces(): Promise<string[]> {
    return readdir(NETNS_DIRECTORY).catch(() => []);
  }

  /** How ip(8) is told of a namespace that a device's other end goes to. */
  reference(namespace: Namespace): string {
    return namespace ?? this.#machine ?? String(process.pid);
  }

  #at(namespace: Namespace): string[] {
    const name = namespace ?? this.#machine;
    return name === null ? [] : ['-n', name];
  }

  #path(namespace: Namespace): string | null {
    const name = namespace ?? this.#machine;
    return name === null ? null : namespacePath(name);
  }
}

export const namespacePath = (name: string): string => join(NETNS_DIRECTORY, name);

const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
