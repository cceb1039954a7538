const START_IS_OVER_MS = 2_000;

/**
 * Gives back what starting took: loading modules leaves some 30 MB of garbage in the heap, and V8 keeps those pages until
 * much more is allocated, which an idle process never does. Only where Node.js runs with `--expose-gc`.
 */
export function releaseMemoryAfterStart(): void {
  setTimeout(() => globalThis.gc?.({ type: 'major', flavor: 'last-resort' }), START_IS_OVER_MS).unref();
}
