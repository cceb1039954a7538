import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ExecError, start, type ChildProcess, type exec, type ExecResult } from '#kernel/exec.ts';
import { packGuest, programPath, type GuestFiles } from './guest-files.ts';
import { guestKernel, moduleFiles } from './guest-kernel.ts';

const OWN_MODULES = ['virtio_pci', 'virtio_console'];
const [FIELD, END] = ['\x1e', '\x1d'];
const ANSWER_TIMEOUT = 5 * 60_000;
/** What an emulated machine can do cheaply: one processor has nobody to tell of its changes of memory. */
const HARDWARE = '-M q35 -accel tcg,tb-size=512 -cpu qemu64 -smp 1 -m 1024 -net none';
const QUIET = '-nodefaults -no-user-config -display none -no-reboot';
const AGENT =
  '-chardev stdio,id=agent,signal=off -device virtio-serial -device virtserialport,chardev=agent,name=agent';
/**
 * The check of the timer fails where the emulated machine gets too little time. Programs lie at the same addresses each
 * time they run, so that what was translated for one run serves the next: that is most of the time.
 */
const KERNEL_ARGS =
  'console=ttyS0 quiet panic=-1 no_timer_check tsc=reliable nokaslr norandmaps ' +
  'mitigations=off init_on_alloc=0 lsm=none audit=0 randomize_kstack_offset=0';

/** Like `exec`, somewhere else. */
export type Exec = typeof exec;

/**
 * Debian's own kernel in an emulated machine that needs no KVM: for what this machine's kernel cannot do. Only the commands
 * run there, one after the other; the tests stay here. It is in memory, and dies with the process that started it.
 */
export class Guest {
  readonly #machine: ChildProcess;
  /** By name: busybox's shell would take its own program of that name. */
  readonly #programs: ReadonlyMap<string, string>;
  readonly #ended = Promise.withResolvers<never>();
  #received = '';
  #heard: () => void = () => {};
  #last: Promise<unknown> = Promise.resolve();

  private constructor(machine: ChildProcess, programs: ReadonlyMap<string, string>, console: string) {
    this.#machine = machine;
    this.#programs = programs;
    this.#ended.promise.catch(() => {}); // nobody may be waiting
    machine.stdin?.on('error', () => {});
    machine.stdout?.setEncoding('latin1').on('data', (text: string) => {
      this.#received += text;
      this.#heard();
    });
    machine.once('close', () => void this.#sayWhy(console));
  }

  /** @param options `modules` and `programs` by name: what they need comes with them */
  static async start(options: GuestFiles): Promise<Guest> {
    const folder = await mkdtemp(join(tmpdir(), 'hydria-guest-'));
    try {
      const kernel = await guestKernel();
      const modules = await moduleFiles(kernel, [...OWN_MODULES, ...options.modules]);
      const paths = await Promise.all(options.programs.map(programPath));
      const root = await packGuest(folder, { ...options, modules, programs: paths });
      const log = join(folder, 'console');
      const boot = [
        '-kernel',
        kernel.image,
        '-initrd',
        root,
        '-append',
        KERNEL_ARGS,
        '-serial',
        `file:${log}`,
      ];
      const machine = [HARDWARE, QUIET, AGENT].join(' ').split(' ');
      const args = ['--pdeathsig', 'KILL', 'qemu-system-x86_64', ...machine, ...boot];
      const programs = new Map(options.programs.map((name, index) => [name, paths[index] ?? name]));
      const guest = new Guest(start('setpriv', args, { stdio: ['pipe', 'pipe', 'inherit'] }), programs, log);
      await guest.#answer();
      return guest;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  readonly exec: Exec = (command, args, options) => {
    const { input, okCodes = [0] } = options ?? {};
    const text = [this.#programs.get(command) ?? command, ...args].map(quote).join(' ');
    const run = this.#last.then(() => this.#ask(input === undefined ? text : `${give(input)} | ${text}`));
    this.#last = run.catch(() => {});
    return run.then((result) => {
      if (okCodes.includes(result.code)) return result;
      throw new ExecError([command, ...args.slice(0, 3)].join(' '), result.code, result.stderr);
    });
  };

  close(): void {
    this.#machine.kill('SIGKILL');
  }

  async #ask(line: string): Promise<ExecResult> {
    this.#machine.stdin?.write(`${line}\n`);
    const [stdout = '', stderr = '', code = ''] = (await this.#answer()).split(FIELD);
    return { stdout, stderr, code: Number(code) };
  }

  async #answer(): Promise<string> {
    const heard = Promise.withResolvers<string>();
    const look = () => {
      const end = this.#received.indexOf(END);
      if (end < 0) return;
      heard.resolve(this.#received.slice(0, end));
      this.#received = this.#received.slice(end + 1);
    };
    this.#heard = look;
    look();
    const timer = setTimeout(() => this.close(), ANSWER_TIMEOUT);
    try {
      return await Promise.race([heard.promise, this.#ended.promise]);
    } finally {
      this.#heard = () => {};
      clearTimeout(timer);
    }
  }

  async #sayWhy(console: string): Promise<void> {
    const text = await readFile(console, 'utf8').catch(() => '');
    this.#ended.reject(new Error(`The guest has ended. ${text.slice(-2000)}`));
  }
}

const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

const give = (input: string | Uint8Array): string =>
  `printf %s ${quote(typeof input === 'string' ? input : Buffer.from(input).toString('latin1'))}`;
