import { createHash } from 'node:crypto';
import { createWriteStream, existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudError } from '#kernel/errors.ts';
import { exec } from '#kernel/exec.ts';
import { encodeOrder, FrameType } from '../agent/frames.ts';
import { encodeRecords } from '../agent/records.ts';
import { kernelCommandLine, machineArguments, type MachineParts } from './arguments.ts';
import { bootMachine, listen, type BootedMachine } from './boot.ts';
import { IGNORE_SHARED } from './qmp.ts';
import { shapeName, type MachineShape } from './shape.ts';

/** A machine that has booted, at rest: every clone starts from here. */
export interface Template {
  /** Its folder, with `memory`, `state` and `upper` in it. */
  readonly directory: string;
  readonly memory: string;
  readonly state: string;
  /** The disk that the machine has mounted and nothing is on: a new container's is a copy of it. */
  readonly upper: string;
}

const BOOT_MS = 60_000;
/** The kernel's own late work, so that no clone has to do it. */
const SETTLE_MS = 500;
const WARM_QUESTIONS = 3;

/**
 * The templates of this machine, on a file system in memory. One is whole or not there: it is made beside, under a draft's name, and its
 * name derives from all that went into it, so what was made of other parts is never used.
 */
export class Templates {
  readonly #directory: string;
  readonly #making = new Map<string, Promise<Template>>();

  /** @param directory on a file system in memory */
  constructor(directory: string) {
    this.#directory = directory;
  }

  async find(parts: MachineParts, shape: MachineShape): Promise<Template> {
    const name = `${shapeName(shape)}-${await digestOf(parts)}`;
    const directory = join(this.#directory, name);
    if (existsSync(directory)) return templateIn(directory);
    const making =
      this.#making.get(name) ?? this.#make(directory, parts, shape).finally(() => this.#making.delete(name));
    this.#making.set(name, making);
    return making;
  }

  /** Takes away drafts, and what was made of other parts. A clone that runs keeps what it has open. */
  async sweep(parts: MachineParts): Promise<void> {
    const digest = await digestOf(parts);
    for (const name of await readdir(this.#directory).catch(() => []))
      if (!name.endsWith(digest) && !this.#making.has(name.split('.')[0] ?? ''))
        await rm(join(this.#directory, name), { recursive: true, force: true });
  }

  async #make(directory: string, parts: MachineParts, shape: MachineShape): Promise<Template> {
    await mkdir(this.#directory, { recursive: true, mode: 0o711 });
    const draft = await mkdtemp(`${directory}.draft-`);
    await chmod(draft, 0o711);
    try {
      await makeTemplate(draft, parts, shape);
      await rename(draft, directory).catch((thrown: NodeJS.ErrnoException) => {
        if (thrown.code !== 'ENOTEMPTY' && thrown.code !== 'EEXIST') throw thrown; // another process was first
      });
      return templateIn(directory);
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  }
}

const templateIn = (directory: string): Template => ({
  directory,
  memory: join(directory, 'memory'),
  state: join(directory, 'state'),
  upper: join(directory, 'upper'),
});

const digests = new Map<string, Promise<string>>();

/** Of what the parts contain. The files keep their names only as long as they are the same: see `parts.ts`. */
function digestOf(parts: MachineParts): Promise<string> {
  const key = JSON.stringify(parts);
  const known = digests.get(key);
  if (known) return known;
  const made = (async () => {
    const hash = createHash('sha256').update(kernelCommandLine(parts)).update(parts.accelerator);
    for (const file of [parts.kernel, parts.initramfs]) hash.update(await readFile(file));
    const qemu = await stat(parts.qemu);
    hash.update(`${parts.qemu} ${qemu.size} ${qemu.mtimeMs}`);
    hash.update(machineArguments(parts, { memory: 0, cpus: 0, disks: 0, interfaces: 0 }, NOWHERE).join('\0'));
    return hash.digest('hex').slice(0, 16);
  })();
  digests.set(key, made);
  made.catch(() => digests.delete(key));
  return made;
}

const NOWHERE = { memoryFile: '', shared: false, agent: '', monitor: '', disks: [], interfaces: [] };

async function makeTemplate(draft: string, parts: MachineParts, shape: MachineShape): Promise<void> {
  const machine = await bootMachine(draft, parts, shape, BOOT_MS);
  try {
    // What it is asked a few times it will have at hand in every clone.
    const question = [...encodeOrder(FrameType.Ask, encodeRecords([['what', 'usage']]))].map(onStreamOne);
    for (let asked = 0; asked < WARM_QUESTIONS; asked++) await machine.talk(question, FrameType.Began);
    await sleep(SETTLE_MS);
    await Promise.race([save(machine, draft), machine.ended]);
  } finally {
    await machine.end();
  }
}

function onStreamOne(frame: Buffer): Buffer {
  frame.writeUInt16LE(1, 4);
  return frame;
}

async function save({ monitor: qmp, sockets }: BootedMachine, draft: string): Promise<void> {
  const { server, connection } = await listen(join(sockets, 'state'));
  try {
    const written = connection.then((stream) => pipeline(stream, createWriteStream(join(draft, 'state'))));
    await qmp.run('qmp_capabilities');
    await qmp.run(...IGNORE_SHARED);
    await qmp.run('migrate', { uri: `unix:${join(sockets, 'state')}` });
    await written;
    const { status } = (await qmp.run('query-migrate')) as { readonly status: string };
    if (status !== 'completed')
      throw new CloudError('internal', `The state of a template could not be saved: ${status}.`);
  } finally {
    server.close();
  }
  // What was written and is zero again takes no memory.
  await exec('fallocate', ['--dig-holes', join(draft, 'memory')]);
  await chmod(join(draft, 'memory'), 0o444);
}
