import type { Caller } from './caller.ts';

export interface ShownImage {
  readonly id: string;
  readonly name: string | null;
  readonly status: string;
  readonly size: number | null;
  readonly created_at: string;
}

/** All that the user may see, the newest first. */
export async function listImages(session: Caller): Promise<ShownImage[]> {
  const all: ShownImage[] = [];
  let next: string | undefined = '/v2/images';
  while (next !== undefined) {
    const page: { images: ShownImage[]; next?: string } = await session.call('image', 'GET', next);
    all.push(...page.images);
    next = page.next;
  }
  return all;
}
