import { once } from 'node:events';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { CloudError } from '#kernel/errors.ts';
import { start, type ChildProcess } from '#kernel/exec.ts';
import { FrameReader, FrameType } from '../agent/frames.ts';
import { MACHINE_DISK_BYTES } from '../root/size.ts';
import { makeUpper } from '../root/upper.ts';
import { kernelCommandLine, machineArguments, type MachineParts } from './arguments.ts';
import { Qmp } from './qmp.ts';
import type { MachineShape } from './shape.ts';

/** A machine that has booted, and belongs to nobody. */
export interface BootedMachine {
  readonly monitor: Qmp;
  /** Says something to the agent and waits for a frame of this type. */
  talk(said: readonly Buffer[], awaited: number): Promise<void>;
  /** For sockets: the kernel takes paths of 107 bytes, and ours may be longer. */
  readonly sockets: string;
  /** Rejects when the machine ends. */
  readonly ended: Promise<never>;
  /** Ends it; what it was connected to is gone then. */
  end(): Promise<void>;
}

/** To the port of loopback at which all is thrown away. */
const NOWHERE = 'socket,udp=127.0.0.1:9,localaddr=127.0.0.1:0';

/**
 * Boots a machine of empty disks and unconnected interfaces, until its agent is there. Its memory is the file `memory` in `folder`, the disk
 * that it has mounted is `upper`.
 * @throws CloudError `internal` with QEMU's words, or when it takes longer than `limitMs`
 */
export async function bootMachine(
  folder: string,
  parts: MachineParts,
  shape: MachineShape,
  limitMs: number,
): Promise<BootedMachine> {
  const sockets = await mkdtemp(join(tmpdir(), 'hydria-'));
  const [agent, monitor] = await Promise.all([
    listen(join(sockets, 'agent')),
    listen(join(sockets, 'monitor')),
  ]);
  await Promise.all([makeEmptyDisk(join(folder, 'disk')), makeUpper(join(folder, 'upper'), null)]);
  const child = start(parts.qemu, bootArguments({ folder, sockets }, parts, shape), {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = endOf(child, text(child.stderr as Readable));
  ended.catch(() => {});
  const end = async () => {
    child.kill('SIGKILL');
    for (const { server } of [agent, monitor]) server.close();
    await ended.catch(() => {});
    await rm(sockets, { recursive: true, force: true });
    await rm(join(folder, 'disk'), { force: true });
  };
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new CloudError('internal', `The machine did not boot within ${limitMs / 1000} s.`)),
    limitMs,
  );
  try {
    const connected = Promise.all([agent.connection, monitor.connection]);
    const [port, qmp] = await Promise.race([connected, ended, late.promise]);
    const talk = talker(port);
    await Promise.race([talk([], FrameType.Hello), ended, late.promise]);
    return {
      monitor: new Qmp(qmp),
      sockets,
      talk: (said, type) => Promise.race([talk(said, type), ended]),
      ended,
      end,
    };
  } catch (thrown) {
    await end();
    throw thrown;
  } finally {
    clearTimeout(timer);
  }
}

function bootArguments(
  { folder, sockets }: { readonly folder: string; readonly sockets: string },
  parts: MachineParts,
  shape: MachineShape,
): readonly string[] {
  const disk = (name: string, readOnly: boolean) => ({ file: join(folder, name), readOnly });
  return [
    ...machineArguments(parts, shape, {
      memoryFile: join(folder, 'memory'),
      shared: true,
      agent: `socket,path=${join(sockets, 'agent')}`,
      monitor: `socket,path=${join(sockets, 'monitor')}`,
      disks: [
        disk('disk', true),
        disk('disk', false),
        disk('upper', false),
        ...Array.from({ length: shape.disks }, () => disk('disk', false)),
      ],
      interfaces: Array.from({ length: shape.interfaces }, () => NOWHERE),
    }),
    '-kernel',
    parts.kernel,
    '-initrd',
    parts.initramfs,
    '-append',
    kernelCommandLine(parts),
  ];
}

/** Of the size that every disk of a machine has, with nothing in it. */
async function makeEmptyDisk(file: string): Promise<void> {
  await writeFile(file, '');
  await truncate(file, MACHINE_DISK_BYTES);
}

async function endOf(child: ChildProcess, words: Promise<string>): Promise<never> {
  const [code] = (await once(child, 'close')) as [number | null];
  throw new CloudError('internal', `QEMU ended (${code}): ${(await words).trim()}`);
}

export interface Listening {
  readonly server: Server;
  readonly connection: Promise<Socket>;
}

/** Waits for one that connects. */
export async function listen(path: string): Promise<Listening> {
  const { promise, resolve } = Promise.withResolvers<Socket>();
  const server = createServer((socket) => resolve(socket.on('error', () => {}))).listen(path);
  await once(server, 'listening');
  return { server, connection: promise };
}

function talker(port: Socket): BootedMachine['talk'] {
  const reader = new FrameReader();
  const heard = (async function* () {
    for await (const chunk of port as AsyncIterable<Buffer>) yield* reader.read(chunk);
  })();
  return async (said, awaited) => {
    for (const frame of said) port.write(frame);
    for (;;) {
      const { value, done } = await heard.next();
      if (done) throw new CloudError('internal', 'The agent closed its port.');
      if (value.type === awaited) return;
    }
  };
}
