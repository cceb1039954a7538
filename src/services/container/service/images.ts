import type { Ctx } from '#kernel/context.ts';
import type { ImageInfo, ImageReader } from '#services/image/port.ts';

/** An image as Docker's users name it: `repo`, and `repo:latest` for the same. */
export async function findImage(images: ImageReader, ctx: Ctx, name: string): Promise<ImageInfo | undefined> {
  const found = await images.find(ctx, name);
  if (found || !name.endsWith(':latest')) return found;
  return images.find(ctx, name.slice(0, -':latest'.length));
}
