import { existsSync } from 'node:fs';
import type { Records } from '../agent/records.ts';
import type { MachineDisk } from '../machine/arguments.ts';
import type { Template } from '../machine/templates.ts';
import { copyDisk } from './upper.ts';

/** How many disks a machine has before its volumes. */
export const ROOT_DISKS = 3;

export interface RootFiles {
  /** The image's. */
  readonly image: string;
  /** What the container writes; made here when it is not there. */
  readonly upper: string;
  /** For as long as the machine lives. */
  readonly spare: string;
}

export interface RootDisks {
  /** In the order in which `agent/machine.c` looks for them: image, written before, fresh. */
  readonly disks: readonly MachineDisk[];
  readonly records: Records;
}

/**
 * The disks of a machine that is about to start. A container that never wrote gets a copy of the disk which the template has mounted, so
 * that nothing is left to mount; for all others that disk is a copy which nobody uses.
 */
export async function rootDisks(template: Template, { image, upper, spare }: RootFiles): Promise<RootDisks> {
  const isFresh = !existsSync(upper);
  const fresh = isFresh ? upper : spare;
  await copyDisk(template.upper, fresh);
  return {
    disks: [
      { file: image, readOnly: true },
      { file: upper, readOnly: false },
      { file: fresh, readOnly: false },
    ],
    records: isFresh ? [['fresh', 1]] : [],
  };
}
