import { existsSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { environment } from '#kernel/environment.ts';
import { ClearRuntime } from '#drivers/runtime/clear/driver.ts';
import { CrunMachine } from './runtime-crun-machine.ts';

/** Kernel, initramfs and agent: fetched and built once per checkout, or where tuned ones lie. */
export const PARTS =
  environment('HYDRIA_CLEAR_PARTS') ?? join(import.meta.dirname, '../../.cache/clear-parts');
/** Templates of all tests of a file; see `removeTemplates`. */
export const TEMPLATES = `/dev/shm/hydria-test-clear-${process.pid}`;

export const removeTemplates = (): Promise<void> => rm(TEMPLATES, { recursive: true, force: true });

/** As `CrunMachine`. */
export class ClearMachine extends CrunMachine {
  readonly firstPid = 1;

  static override async make(): Promise<ClearMachine> {
    return ClearMachine.prepare(new ClearMachine());
  }

  override open(): ClearRuntime {
    return new ClearRuntime({
      base: this.base,
      cgroupParent: this.cgroupParent,
      memory: TEMPLATES,
      parts: PARTS,
    });
  }

  override async leaks(): Promise<readonly string[]> {
    const left = await super.leaks();
    const jail = existsSync(join(this.base, 'jail', 'usr'))
      ? readdirSync(join(this.base, 'jail', 'usr'))
      : [];
    return [...left, ...jail];
  }
}
