import { mkdir, open, readdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exec, ExecError, type ExecOptions, type ExecResult } from '#kernel/exec.ts';
import { BRIDGE_TOOL, IP, NFT, type LineProgram } from './session.ts';
import { Sessions } from './sessions.ts';

/** A network namespace by name; null is the machine's own. */
export type Namespace = string | null;

const NETNS_DIRECTORY = '/run/netns';
const NSFS_MAGIC = 0x6e736673;
const ABSENT =
  /Cannot find device|does not exist|No such (device|process|file)|Cannot assign requested address/;

/** Sets kernel settings, given as `path=value` below /proc/sys, then becomes the program that follows `--`. */
const SETTLE = `
while [ "$1" != -- ]; do echo "\${1#*=}" > "/proc/sys/\${1%%=*}"; shift; done
shift
exec "$@"
`;

interface Order {
  readonly namespace: Namespace;
  readonly lines: readonly string[];
  readonly program: LineProgram;
}

export interface HostOptions {
  /** The namespace that plays the machine in tests; null = where this process runs. */
  readonly machine: string | null;
  /** For files of a moment. */
  readonly directory: string;
}

/**
 * The machine's network tools, each usable in any namespace. Changes by ip(8) and nft(8) go to a session, and what a session
 * refuses to a process of its own, whose word is the last; all else is a process per call.
 */
export class Host {
  readonly #machine: string | null;
  readonly #directory: string;
  readonly #ip = new Sessions(IP);
  readonly #bridge = new Sessions(BRIDGE_TOOL);
  readonly #nft = new Sessions(NFT);
  #files = 0;

  constructor({ machine, directory }: HostOptions) {
    this.#machine = machine;
    this.#directory = directory;
  }

  /** Runs lines of ip(8) in order, all of them. @throws ExecError with the reasons of those that failed. */
  async ip(namespace: Namespace, lines: readonly string[]): Promise<void> {
    await this.#change(this.#ip, { namespace, lines, program: IP }, () => true);
  }

  /** Runs all lines; what they take away may be gone already. */
  async ipRemove(namespace: Namespace, lines: readonly string[]): Promise<void> {
    await this.#change(this.#ip, { namespace, lines, program: IP }, (reason) => !ABSENT.test(reason));
  }

  /** Runs lines of bridge(8); what they take away may be gone already. */
  async bridge(namespace: Namespace, lines: readonly string[]): Promise<void> {
    const order = { namespace, lines, program: BRIDGE_TOOL };
    await this.#change(this.#bridge, order, (reason) => !ABSENT.test(reason));
  }

  /** What `ip -json` says to each line. */
  show<T>(namespace: Namespace, lines: readonly string[]): Promise<T[][]> {
    return this.#show(['ip', '-json', '-batch', '-'], namespace, lines);
  }

  /** What `bridge -json` says to each line. */
  showBridge<T>(namespace: Namespace, lines: readonly string[]): Promise<T[][]> {
    return this.#show(['bridge', '-json', '-batch', '-'], namespace, lines);
  }

  async #show<T>(argv: readonly string[], namespace: Namespace, lines: readonly string[]): Promise<T[][]> {
    const input = lines.map((line) => `${line}\n`).join('');
    const { stdout } = await this.run(namespace, argv, { input, maxOutput: 64 << 20 });
    return stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as T[]);
  }

  /** Loads rules as one transaction. */
  async nft(namespace: Namespace, rules: string): Promise<void> {
    const key = this.#key(namespace);
    const file = join(this.#directory, `${key}-${(this.#files += 1)}.nft`);
    await mkdir(this.#directory, { recursive: true });
    await writeFile(file, rules, { mode: 0o600 });
    const complaints = await this.#nft
      .run(key, this.#into(namespace), [`include "${file}"`])
      .catch(() => null);
    await rm(file);
    if (complaints !== '') await this.run(namespace, ['nft', '-f', '-'], { input: rules });
  }

  /** Runs any program in a namespace. */
  run(namespace: Namespace, argv: readonly string[], options?: ExecOptions): Promise<ExecResult> {
    const [command = '', ...args] = [...this.#into(namespace), ...argv];
    return exec(command, args, options);
  }

  /** Sets kernel settings that are each namespace's own. */
  async sysctl(namespace: Namespace, settings: readonly string[]): Promise<void> {
    await this.run(namespace, ['sysctl', '-q', '-w', ...settings]);
  }

  /**
   * Makes a namespace with kernel settings; the process that does it stays as the namespace's session.
   * @returns whether it was new.
   */
  async addNamespace(name: string, settings: readonly string[]): Promise<boolean> {
    if (await this.hasNamespace(name)) return false;
    await mkdir(NETNS_DIRECTORY, { recursive: true });
    await (await open(namespacePath(name), 'a', 0o444)).close();
    const paths = settings.map((setting) => setting.replace(/^[^=]*/, (key) => key.replaceAll('.', '/')));
    const into = ['unshare', `--net=${namespacePath(name)}`, 'sh', '-euc', SETTLE, 'sh', ...paths, '--'];
    try {
      await this.#ip.run(name, into, []);
    } catch (error) {
      await this.removeNamespace(name);
      throw error;
    }
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
    await Promise.all([this.#ip, this.#bridge, this.#nft].map((sessions) => sessions.end(name)));
    if ((await this.listNamespaces()).includes(name)) await this.ipRemove(null, [`netns delete ${name}`]);
  }

  /** Every namespace of the machine with a name, half-made ones too. */
  listNamespaces(): Promise<string[]> {
    return readdir(NETNS_DIRECTORY).catch(() => []);
  }

  /** How ip(8) is told of a namespace that a device's other end goes to. */
  reference(namespace: Namespace): string {
    return namespace ?? this.#machine ?? String(process.pid);
  }

  /** Ends all sessions. */
  async close(): Promise<void> {
    await Promise.all([this.#ip, this.#bridge, this.#nft].map((sessions) => sessions.close()));
  }

  async #change(
    sessions: Sessions,
    { namespace, lines, program }: Order,
    isFailure: (reason: string) => boolean,
  ): Promise<void> {
    if (lines.length === 0) return;
    const complaints = await sessions
      .run(this.#key(namespace), this.#into(namespace), lines)
      .catch(() => null);
    if (complaints === '') return;
    const again = complaints === null ? lines : refusedLines(lines, complaints);
    const input = again.map((line) => `${line}\n`).join('');
    const { code, stderr } = await this.run(namespace, program.argv, { input, okCodes: [0, 1] });
    const failures = stderr.split('\n').filter((line) => line && !line.startsWith('Command failed'));
    if (failures.some(isFailure)) throw new ExecError(program.argv[0] ?? '', code, failures.join('\n'));
  }

  #key(namespace: Namespace): string {
    return namespace ?? this.#machine ?? 'machine';
  }

  #into(namespace: Namespace): string[] {
    const path = this.#path(namespace);
    return path === null ? [] : ['nsenter', `--net=${path}`];
  }

  #path(namespace: Namespace): string | null {
    const name = namespace ?? this.#machine;
    return name === null ? null : namespacePath(name);
  }
}

export const namespacePath = (name: string): string => join(NETNS_DIRECTORY, name);

/** The lines that a session's complaints are about; the last of these is about the end. */
function refusedLines(lines: readonly string[], complaints: string): string[] {
  const numbers = [...complaints.matchAll(/^Command failed -:(\d+)$/gm)].map((match) => Number(match[1]));
  const first = (numbers.at(-1) ?? 0) - lines.length;
  return numbers.flatMap((number) => lines[number - first] ?? []);
}
