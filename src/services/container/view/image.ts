import type { ImageInfo } from '#services/image/port.ts';
import type { FoundImage } from '../service/image-search.ts';
import type { HostImage } from '../model/host-image.ts';

/** An image as a search of Glance shows it. */
export const imageView = (image: ImageInfo) => ({
  id: image.id,
  name: image.name,
  tags: image.tags,
  status: image.status,
  size: image.size,
  metadata: {},
});

/** A repository as a search of registries shows it. */
export const foundImageView = ({ name, description, isOfficial, stars }: FoundImage) => ({
  name,
  description,
  metadata: { is_official: isOfficial, star_count: stars },
});

/** An image of a node, as Zun shows it. */
export const hostImageView = (image: HostImage, base: string) => ({
  uuid: image.id,
  image_id: image.imageId,
  repo: image.repo,
  tag: image.tag,
  size: image.size === null ? null : String(image.size),
  project_id: image.projectId,
  image_pull_policy: image.pullPolicy,
  host: image.host,
  links: [
    { rel: 'self', href: `${base}/v1/images/${image.id}` },
    { rel: 'bookmark', href: `${base}/images/${image.id}` },
  ],
});
