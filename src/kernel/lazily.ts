const loaders: (() => Promise<unknown>)[] = [];

/**
 * What few clouds need is loaded when it is first asked for, and is not looked for on disk again. A process that is about to
 * lose sight of its program loads all of it before, by `loadAllLazy`.
 */
export function lazily<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined;
  const once = () => (loaded ??= load());
  loaders.push(once);
  return once;
}

export async function loadAllLazy(): Promise<void> {
  await Promise.all(loaders.map((load) => load()));
}
