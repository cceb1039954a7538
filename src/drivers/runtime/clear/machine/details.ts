import { readFile, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { exec } from '#kernel/exec.ts';
import type { MachineDetails } from '../../driver.ts';
import { knownAcceleration } from './acceleration.ts';
import { findKernel, qemuProgram } from './parts.ts';
import { findTuned } from './tuned.ts';

const NAMES = { kvm: 'KVM', tcg: 'emulation' } as const;
const UNKNOWN = 'not tried yet: the first container of this runtime does';

/**
 * What is known of this host's machines. Starts none, fetches nothing and makes nothing.
 * @param directory of the parts
 * @throws ExecError where there is no QEMU
 */
export async function machineDetails(directory: string): Promise<MachineDetails> {
  const { kernel, version, qemu, origin } = await partsInUse(directory);
  const [qemuVersion, acceleration] = await Promise.all([
    versionOfQemu(qemu),
    kernel === null ? undefined : knownAcceleration(directory, { qemu, kernel }),
  ]);
  return {
    acceleration: acceleration?.accelerator ?? null,
    accelerationReason: acceleration?.why ?? UNKNOWN,
    kernelVersion: version,
    origin,
    qemuVersion,
    profile: 'microvm',
  };
}

/** In one line, for an operator. */
export function detailsInWords(details: MachineDetails): string {
  const { acceleration, accelerationReason: why, kernelVersion, origin, qemuVersion, profile } = details;
  const how = acceleration === null ? `KVM or emulation: ${why}` : `${NAMES[acceleration]} (${why})`;
  const kernel = kernelVersion === null ? 'a kernel that is not fetched yet' : `kernel ${kernelVersion}`;
  return `${how}; ${kernel} and QEMU ${qemuVersion}, ${origin}; ${profile}`;
}

export async function versionOfQemu(program: string): Promise<string> {
  const { stdout } = await exec(program, ['--version']);
  return /version (\S+)/.exec(stdout)?.[1] ?? 'unknown';
}

interface InUse {
  readonly kernel: string | null;
  readonly version: string | null;
  readonly qemu: string;
  readonly origin: MachineDetails['origin'];
}

async function partsInUse(directory: string): Promise<InUse> {
  const tuned = await findTuned(directory);
  if (tuned) {
    const facts = JSON.parse(await readFile(join(dirname(tuned.vmlinux), 'tuned.json'), 'utf8')) as {
      readonly kernel: string;
    };
    return { kernel: tuned.vmlinux, version: facts.kernel, qemu: tuned.qemu, origin: 'tuned' };
  }
  const found = await findKernel(directory);
  const qemu = await realpath(qemuProgram()).catch(() => qemuProgram()); // its own start says best that there is none
  return { kernel: found?.image ?? null, version: found?.version ?? null, qemu, origin: 'Debian' };
}
