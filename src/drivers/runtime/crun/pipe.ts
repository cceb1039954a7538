import { closeSync, constants, openSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { exec } from '#kernel/exec.ts';

/** A pipe(2), which Node.js lacks: what it calls a pipe is two sockets, one per stream, so order is lost and /dev/stderr cannot be opened. */
export interface Pipe {
  readonly reader: Socket;
  /** For a child's stdio; to be closed here once the child has it, so that the end is seen. */
  readonly writer: number;
}

/** @param path a free name for the moment in which the pipe has one. */
export async function openPipe(path: string): Promise<Pipe> {
  await exec('mkfifo', ['-m', '666', path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, constants.O_WRONLY);
  await rm(path);
  return { reader: new Socket({ fd: reader, readable: true, writable: false }), writer };
}

export const closeWriter = (pipe: Pipe): void => closeSync(pipe.writer);
