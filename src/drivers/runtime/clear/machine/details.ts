import { readdir, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { exec } from '#kernel/exec.ts';
import { knownAcceleration, type TriedParts } from './acceleration.ts';
import { qemuProgram } from './parts.ts';
import { findTuned } from './tuned.ts';

/**
 * What machines of this host are made of, for people: `acceleration`, `acceleration_reason`, `parts` (`Debian`, `tuned`), `kernel`, `qemu`.
 * Starts no machine: before the first one, what that would find out is unknown.
 */
export async function describeParts(directory: string): Promise<Readonly<Record<string, string>>> {
  const { tried, ...versions } = await findVersions(directory);
  const acceleration = tried && (await knownAcceleration(directory, tried));
  return {
    acceleration: acceleration?.accelerator ?? 'unknown',
    acceleration_reason: acceleration?.why ?? 'no machine of these parts was started yet',
    ...versions,
  };
}

/** `tried` are the files by which a trial of KVM is known; absent = there can have been none. */
async function findVersions(directory: string) {
  const tuned = await findTuned(directory);
  if (tuned) {
    const facts = JSON.parse(await readFile(tuned.facts, 'utf8')) as {
      readonly kernel: string;
      readonly qemu: string;
    };
    const tried: TriedParts = { qemu: tuned.qemu, kernel: tuned.vmlinux };
    return { parts: 'tuned', kernel: facts.kernel, qemu: facts.qemu, tried };
  }
  const { stdout } = await exec(qemuProgram(), ['--version']);
  const qemu = /version (\S+)/.exec(stdout)?.[1] ?? 'unknown';
  const namesIn = (folder: string) => readdir(join(directory, 'kernel', folder)).catch(() => []);
  const [[kernel = 'not fetched yet'], boot] = await Promise.all([namesIn('lib/modules'), namesIn('boot')]);
  const image = boot.find((name) => name.startsWith('vmlinuz'));
  if (image === undefined) return { parts: 'Debian', kernel, qemu };
  const tried: TriedParts = {
    qemu: await realpath(qemuProgram()),
    kernel: join(directory, 'kernel/boot', image),
  };
  return { parts: 'Debian', kernel, qemu, tried };
}
