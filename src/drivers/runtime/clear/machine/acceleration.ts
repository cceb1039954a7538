import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomically } from '../../conmon/files.ts';
import type { Accelerator, MachineParts } from './arguments.ts';
import { probeAcceleration } from './probe.ts';

/** Why machines are run as they are. */
export interface Acceleration {
  readonly accelerator: Accelerator;
  readonly why: string;
}

/** By whose state it is known whether KVM was tried with them. */
export type TriedParts = Pick<MachineParts, 'qemu' | 'kernel'>;

/** Found out once per start of this host and state of the parts. */
export async function findAcceleration(directory: string, parts: MachineParts): Promise<Acceleration> {
  const known = await knownAcceleration(directory, parts);
  if (known) return known;
  const found = await probeAcceleration(directory, parts);
  await writeAtomically(fileIn(directory), JSON.stringify({ ...found, key: await keyOf(parts) }), 0o600);
  return found;
}

/** @returns undefined where it must be tried yet */
export async function knownAcceleration(
  directory: string,
  parts: TriedParts,
): Promise<Acceleration | undefined> {
  if (!existsSync('/dev/kvm')) return { accelerator: 'tcg', why: 'there is no /dev/kvm' };
  const known = await readFile(fileIn(directory), 'utf8').then(
    (text) => JSON.parse(text) as Acceleration & { readonly key: string },
    () => undefined,
  );
  return known?.key === (await keyOf(parts)) ? { accelerator: known.accelerator, why: known.why } : undefined;
}

const fileIn = (directory: string): string => join(directory, 'acceleration.json');

async function keyOf({ qemu, kernel }: TriedParts): Promise<string> {
  const [bootId, ...files] = await Promise.all([
    readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
    stat(qemu),
    stat(kernel),
  ]);
  return [bootId.trim(), ...files.map(({ mtimeMs }) => mtimeMs)].join(' ');
}
