/** Databases take some ten thousand parameters at a time. */
const CHUNK = 10_000;

/** Rows of any number of ids: one query for each ten thousand. */
export async function inChunks<T>(
  ids: readonly string[],
  fetch: (chunk: readonly string[]) => Promise<T[]>,
): Promise<T[]> {
  const rows: T[] = [];
  for (let at = 0; at < ids.length; at += CHUNK) rows.push(...(await fetch(ids.slice(at, at + CHUNK))));
  return rows;
}
