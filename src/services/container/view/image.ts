import type { ImageInfo } from '#services/image/port.ts';

/** An image as a search of Glance shows it. */
export const imageView = (image: ImageInfo) => ({
  id: image.id,
  name: image.name,
  tags: image.tags,
  status: image.status,
  size: image.size,
  metadata: {},
});
