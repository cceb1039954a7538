const LOOK_EVERY_MS = 5_000;
/** Processor time, in seconds: less between two looks is rest. */
const REST = 0.2;
/** So much work leaves enough garbage behind to be worth looking for it. */
const WORK = 1;

/** Decides when a process that has worked has come to rest. Pure: it is told the processor time spent so far, in seconds. */
export class RestWatch {
  #seen = 0;
  #released = 0;

  /** @returns whether now is the time to give memory back */
  isDue(spent: number): boolean {
    const isAtRest = spent - this.#seen < REST;
    this.#seen = spent;
    if (!isAtRest || spent - this.#released < WORK) return false;
    this.#released = spent;
    return true;
  }
}

/**
 * Gives back what work took, once it rests: loading modules leaves some 30 MB of garbage in the heap, the first images and networks
 * as much again, and V8 keeps those pages until much more is allocated, which an idle process never does. Only where Node.js
 * runs with `--expose-gc`.
 */
export function releaseMemoryAtRest(): void {
  const watch = new RestWatch();
  const look = () => {
    if (watch.isDue(spentSeconds())) globalThis.gc?.({ type: 'major', flavor: 'last-resort' });
  };
  setInterval(look, LOOK_EVERY_MS).unref();
}

function spentSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
