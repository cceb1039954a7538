import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exec } from '#kernel/exec.ts';
import { qemuProgram, type Acceleration } from './parts.ts';
import { findTuned } from './tuned.ts';

/**
 * What machines of this host are made of, for people: `acceleration`, `acceleration_reason`, `parts` (`Debian`, `tuned`), `kernel`, `qemu`.
 * Starts no machine: before the first one, what that would find out is unknown.
 */
export async function describeParts(directory: string): Promise<Readonly<Record<string, string>>> {
  const [acceleration, versions] = await Promise.all([knownAcceleration(directory), findVersions(directory)]);
  return {
    acceleration: acceleration?.accelerator ?? 'unknown',
    acceleration_reason: acceleration?.why ?? 'no machine was started yet',
    ...versions,
  };
}

const knownAcceleration = (directory: string): Promise<Acceleration | undefined> =>
  readFile(join(directory, 'acceleration.json'), 'utf8').then(
    (text) => JSON.parse(text) as Acceleration,
    () => undefined,
  );

async function findVersions(directory: string) {
  const tuned = await findTuned(directory);
  if (tuned) {
    const facts = JSON.parse(await readFile(tuned.facts, 'utf8')) as {
      readonly kernel: string;
      readonly qemu: string;
    };
    return { parts: 'tuned', kernel: facts.kernel, qemu: facts.qemu };
  }
  const [kernel = 'not fetched yet'] = await readdir(join(directory, 'kernel/lib/modules')).catch(() => []);
  const { stdout } = await exec(qemuProgram(), ['--version']);
  return { parts: 'Debian', kernel, qemu: /version (\S+)/.exec(stdout)?.[1] ?? 'unknown' };
}
