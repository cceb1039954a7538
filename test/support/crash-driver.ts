import type { VolumeDriver } from '#drivers/volume/driver.ts';

const CHANGES = [
  'draft',
  'commitDraft',
  'discardDraft',
  'ensureVolume',
  'cloneToDraft',
  'removeVolume',
  'ensureSnapshot',
  'removeSnapshot',
  'attach',
  'detach',
] as const;
const VERBS = [...CHANGES, 'list', 'open', 'capacity', 'recover', 'probe'] as const;

/** Ends a node in the middle of one of its changes: that call, and all that come after it, never return. */
export class CrashPoint {
  readonly crashed = Promise.withResolvers<string>();
  readonly #over = Promise.withResolvers<never>();
  #left: number;
  readonly #when: 'before' | 'after';
  readonly #running = new Set<Promise<unknown>>();
  #isDown = false;

  /** @param count which change it dies in; 1 = the first */
  constructor(count: number, when: 'before' | 'after') {
    this.#left = count;
    this.#when = when;
    this.#over.promise.catch(() => {}); // nobody may be waiting
  }

  readonly wrap = (driver: VolumeDriver): VolumeDriver =>
    new Proxy(driver, {
      get: (target, name) => {
        const verb = VERBS.find((one) => one === name);
        if (!verb) return Reflect.get(target, name) as unknown;
        return (...args: never[]) =>
          this.#run(verb, () => this.#begin((target[verb] as (...a: never[]) => unknown)(...args)));
      },
    });

  /** When nothing works any more that had begun before: a machine's processes end with it, those of this one do not. */
  async quiet(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  #begin(result: unknown): Promise<unknown> {
    const running = Promise.resolve(result);
    const ended = running.catch(() => {}).finally(() => this.#running.delete(ended));
    this.#running.add(ended);
    return running;
  }

  /** Lets the calls go that hang, as failures. */
  end(): void {
    this.#over.reject(new Error('The machine is gone.'));
  }

  async #run(verb: (typeof VERBS)[number], call: () => unknown): Promise<unknown> {
    if (this.#isDown) return this.#over.promise;
    const isHere = CHANGES.some((one) => one === verb) && --this.#left === 0;
    if (!isHere) {
      const result = await call();
      return this.#isDown ? this.#over.promise : result;
    }
    if (this.#when === 'after') await call();
    this.#isDown = true;
    this.crashed.resolve(`${this.#when} ${verb}`);
    return this.#over.promise;
  }
}
