/** Milliseconds, in the order they were taken. */
export type Samples = readonly number[];

/** The value that `share` of the samples do not exceed, by nearest rank. */
export function quantile(samples: Samples, share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** One after another, each timed. */
export async function serial(count: number, work: (index: number) => Promise<unknown>): Promise<Samples> {
  const samples: number[] = [];
  for (let index = 0; index < count; index++) samples.push(await timed(() => work(index)));
  return samples;
}

export interface Load {
  readonly samples: Samples;
  readonly perSecond: number;
}

/** `width` workers take the next of `count` pieces of work until none is left. */
export async function wide(
  count: number,
  width: number,
  work: (index: number) => Promise<unknown>,
): Promise<Load> {
  const samples: number[] = [];
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const index = next++;
      samples.push(await timed(() => work(index)));
    }
  };
  const total = await timed(() => Promise.all(Array.from({ length: width }, worker)));
  return { samples, perSecond: (count / total) * 1000 };
}
