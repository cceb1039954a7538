import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { writeAtomically } from '../conmon/files.ts';
import type { HostLayout, WorkloadLayout } from '../conmon/layout.ts';
import { seccompProfile } from './seccomp.ts';

/**
 * The profile as the kernel takes it. Compiling it costs crun more than all the rest of a start, and the result is always the same: so
 * what crun compiled for the first container is handed to it, as an annotation, for all that follow. The profile stays in every
 * bundle, for a crun that does not know the annotation.
 */
export class SeccompCache {
  readonly #file: string;

  /** @param version of crun: another one may compile otherwise. */
  constructor(host: HostLayout, version: string) {
    const key = createHash('sha256').update(version).update(JSON.stringify(seccompProfile())).digest('hex');
    this.#file = join(host.base, 'bin', `seccomp-${key.slice(0, 16)}.bpf`);
  }

  /** In base64; undefined before the first container. */
  find(): Promise<string | undefined> {
    return readFile(this.#file, 'base64').catch(() => undefined);
  }

  /** Keeps what crun made for a container that it has just started. A privileged one has none. */
  async keep(paths: WorkloadLayout): Promise<void> {
    if (existsSync(this.#file)) return;
    const program = await readFile(join(paths.root, basename(paths.dir), 'seccomp.bpf')).catch(
      () => undefined,
    );
    if (program !== undefined && program.length > 0) await writeAtomically(this.#file, program, 0o600);
  }
}
