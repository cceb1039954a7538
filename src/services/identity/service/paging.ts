import { badRequest } from '#kernel/errors.ts';
import { toPage, type Page } from '#kernel/paging.ts';
import { WHOLE, type PageOf } from '../store/by-name.ts';

/** `limit` and `marker` as callers send them. */
export interface PageQuery {
  readonly limit?: number;
  readonly marker?: string;
}

interface Named {
  readonly id: string;
  readonly name: string;
}

/** One page of what is listed by name. @throws CloudError `bad-request` when nothing has the marker's id. */
export async function pageByName<T extends Named>(
  { limit: wanted, marker }: PageQuery,
  find: (id: string) => Promise<Named | undefined>,
  list: (page: PageOf) => Promise<T[]>,
): Promise<Page<T>> {
  const limit = wanted === undefined || wanted === 0 ? null : wanted;
  if (marker === undefined) return toPage(await list({ ...WHOLE, limit: limit && limit + 1 }), limit);
  const after = await find(marker);
  if (!after) throw badRequest(`Marker ${marker} could not be found.`);
  return toPage(await list({ limit: limit && limit + 1, after }), limit);
}
