import type { VolumeDriver } from '#drivers/volume/driver.ts';
import type { Clock } from '#kernel/clock.ts';
import { badRequest, messageOf } from '#kernel/errors.ts';
import type { Logger } from '#kernel/log.ts';
import type { Entry } from '../objects.ts';
import type { VolumeBackend } from '../description.ts';

const GIB = 2 ** 30;

/** Where this node keeps volumes, by the name that volumes are asked for with. */
export type VolumeBackends = ReadonlyMap<string, VolumeDriver>;

const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 60_000;

interface Opening {
  readonly clock: Clock;
  readonly log: Logger;
}

/** Those that this machine can run, after what a crash left in them was taken away. */
export class OpenBackends {
  readonly #all: VolumeBackends;
  readonly #deps: Opening;
  readonly #usable = new Map<string, VolumeDriver>();

  private constructor(all: VolumeBackends, deps: Opening) {
    this.#all = all;
    this.#deps = deps;
  }

  static async open(all: VolumeBackends, deps: Opening): Promise<OpenBackends> {
    const backends = new OpenBackends(all, deps);
    await backends.#tryMissing(deps.log);
    return backends;
  }

  get usable(): VolumeBackends {
    return this.#usable;
  }

  /** Tries the others again, later and later: what was in the way may be gone. @param opened told of those that can be used now */
  async keepTrying(opened: (backends: VolumeBackends) => Promise<void>, signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#deps;
    for (
      let pause = FIRST_PAUSE_MS;
      this.#missing.length > 0;
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS)
    ) {
      await clock.sleep(pause, signal).catch(() => undefined);
      if (signal.aborted) return;
      const found = await this.#tryMissing();
      if (found.size === 0) continue;
      log.info({ backends: [...found.keys()] }, 'a volume backend can be used again');
      await opened(found);
    }
  }

  get #missing() {
    return [...this.#all].filter(([name]) => !this.#usable.has(name));
  }

  /** @returns those that can be used now @param log where it is told why others cannot */
  async #tryMissing(log?: Logger): Promise<VolumeBackends> {
    const tried = await Promise.all(
      this.#missing.map(async (backend) => ((await isUsable(backend, log)) ? [backend] : [])),
    );
    const found = new Map(tried.flat());
    for (const [name, driver] of found) this.#usable.set(name, driver);
    return found;
  }
}

async function isUsable([name, driver]: [string, VolumeDriver], log?: Logger): Promise<boolean> {
  try {
    const { usable, reason } = await driver.probe();
    if (!usable) throw new Error(reason);
    await driver.recover();
    return true;
  } catch (thrown) {
    log?.error({ backend: name, why: messageOf(thrown) }, 'a volume backend cannot be used');
    return false;
  }
}

/** One whose capacity cannot be told has none. */
export const describeBackends = (backends: VolumeBackends): Promise<VolumeBackend[]> =>
  Promise.all(
    [...backends].map(async ([name, driver]) => {
      const capacity = await driver.capacity().catch(() => ({ total: 0, free: 0, thin: false }));
      return {
        name,
        total: Math.floor(capacity.total / GIB),
        free: Math.floor(capacity.free / GIB),
        thin: capacity.thin,
      };
    }),
  );

/** Of a volume, snapshot or copy: where it was found or made, or else shall be. */
export function backendName({ facts, desired }: Entry): string {
  const spec = desired && 'backend' in desired.spec ? desired.spec : null;
  return facts.volume.backend ?? spec?.backend ?? '';
}

/** undefined when that is not on this machine. */
export const findBackend = (entry: Entry, backends: VolumeBackends): VolumeDriver | undefined =>
  backends.get(backendName(entry));

/** @throws CloudError `bad-request` for a backend that this machine does not have. */
export function backendOf(entry: Entry, backends: VolumeBackends): VolumeDriver {
  const driver = findBackend(entry, backends);
  if (!driver) throw badRequest(`This machine has no volume backend '${backendName(entry)}'.`);
  return driver;
}
