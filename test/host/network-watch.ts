import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { exec, start } from '#kernel/exec.ts';
import { until } from '#test/support/until.ts';

/** Where a watch begins or ends. */
export interface WatchEnd {
  /** Its network namespace, by name. */
  readonly namespace: string;
  readonly address: string;
}

const EVERY_MS = 200;
const PORT = '7007';

/** A ping and a connection that go from one workload to another all the time, and remember every gap. */
export class NetworkWatch {
  readonly #server: ChildProcess;
  readonly #talk: ChildProcess;
  readonly #ping: ChildProcess;
  readonly #timer: NodeJS.Timeout;
  readonly #answered = new Set<number>();
  #said = 0;
  #heard = 0;
  #inOrder = true;

  private constructor(from: WatchEnd, to: WatchEnd, server: ChildProcess) {
    this.#server = server;
    this.#talk = inside(from, 'busybox', 'nc', to.address, PORT);
    this.#ping = inside(from, 'ping', '-i', String(EVERY_MS / 1_000), to.address);
    linesOf(this.#talk, (line) => {
      this.#inOrder &&= Number(line) === this.#heard;
      this.#heard += 1;
    });
    linesOf(this.#ping, (line) => {
      const answer = /icmp_seq=(\d+).* time=/.exec(line);
      if (answer) this.#answered.add(Number(answer[1]));
    });
    this.#timer = setInterval(() => this.#talk.stdin?.write(`${this.#said++}\n`), EVERY_MS);
  }

  /** Resolves when both have had their first answer. */
  static async start(from: WatchEnd, to: WatchEnd): Promise<NetworkWatch> {
    const server = inside(to, 'busybox', 'nc', '-l', '-p', PORT, '-e', 'cat');
    await until('somebody listens', async () => {
      const argv = [`--net=/run/netns/${to.namespace}`, 'busybox', 'netstat', '-ltn'];
      return (await exec('nsenter', argv)).stdout.includes(`:${PORT} `);
    });
    const watch = new NetworkWatch(from, to, server);
    await until('the first answers', async () => watch.#heard > 0 && watch.#answered.size > 0);
    return watch;
  }

  /** Whether all that was said over the one connection has come back, in order. */
  async isWhole(): Promise<boolean> {
    clearInterval(this.#timer);
    await until('all answers', async () => this.#heard === this.#said);
    return this.#inOrder && this.#talk.exitCode === null;
  }

  /** The longest time, in ms, during which pings had no answer. */
  longestGap(): number {
    const [first = 0, ...rest] = [...this.#answered].toSorted((a, b) => a - b);
    let [last, longest] = [first, 0];
    for (const answer of rest) {
      longest = Math.max(longest, answer - last - 1);
      last = answer;
    }
    return longest * EVERY_MS;
  }

  close(): void {
    clearInterval(this.#timer);
    for (const child of [this.#ping, this.#talk, this.#server]) child.kill('SIGKILL');
  }
}

const inside = ({ namespace }: WatchEnd, ...argv: string[]): ChildProcess =>
  start('nsenter', [`--net=/run/netns/${namespace}`, ...argv], { stdio: ['pipe', 'pipe', 'ignore'] });

function linesOf(child: ChildProcess, take: (line: string) => void): void {
  if (child.stdout) createInterface(child.stdout).on('line', take);
}
