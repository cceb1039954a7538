/** Does the work for every item, `width` at a time. After a failure begins no other, and throws it once those under way have ended. */
export async function eachOf<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const rest = items.values();
  let failed = false;
  const lane = async () => {
    for (const item of rest) {
      if (failed) return;
      await work(item);
    }
  };
  const lanes = Array.from({ length: width }, () =>
    lane().catch((thrown: unknown) => {
      failed = true;
      throw thrown;
    }),
  );
  const failure = (await Promise.allSettled(lanes)).find(({ status }) => status === 'rejected');
  if (failure?.status === 'rejected') throw failure.reason;
}
