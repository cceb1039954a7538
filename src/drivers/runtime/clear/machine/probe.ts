import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '#kernel/errors.ts';
import type { MachineParts } from './arguments.ts';
import type { Acceleration } from './acceleration.ts';
import { bootMachine } from './boot.ts';

/** KVM that works boots a machine in a third of this. */
const LIMIT_MS = 2000;

/**
 * Whether KVM runs a guest: by running one, because the device opens also where its guests never come to their first program.
 * @param parts with KVM as their accelerator
 */
export async function probeAcceleration(directory: string, parts: MachineParts): Promise<Acceleration> {
  const draft = await mkdtemp(join(directory, 'probe-'));
  try {
    const begin = performance.now();
    const machine = await bootMachine(
      draft,
      parts,
      { memory: 128, cpus: 1, disks: 0, interfaces: 1 },
      LIMIT_MS,
    );
    await machine.end();
    return { accelerator: 'kvm', why: `a guest started in ${Math.round(performance.now() - begin)} ms` };
  } catch (thrown) {
    return {
      accelerator: 'tcg',
      why: `KVM started no guest within ${LIMIT_MS / 1000} s (${messageOf(thrown)})`,
    };
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}
