import { wireSeconds } from '#kernel/clock.ts';
import type { Image, Member } from '../model/image.ts';

/** An image as Glance v2 shows it: flat, custom properties beside the rest. Its stores are told where there are several. */
export const imageView = (image: Image, severalStores: boolean) => ({
  ...image.properties,
  id: image.id,
  name: image.name,
  status: image.status,
  visibility: image.visibility,
  owner: image.owner,
  size: image.size,
  virtual_size: image.virtualSize,
  disk_format: image.diskFormat,
  container_format: image.containerFormat,
  checksum: image.md5,
  os_hash_algo: image.sha512 === null ? null : 'sha512',
  os_hash_value: image.sha512,
  os_hidden: image.hidden,
  protected: image.protected,
  min_ram: image.minRam,
  min_disk: image.minDisk,
  tags: image.tags,
  created_at: wireSeconds(image.createdAt),
  updated_at: wireSeconds(image.updatedAt),
  self: `/v2/images/${image.id}`,
  file: `/v2/images/${image.id}/file`,
  schema: '/v2/schemas/image',
  ...(severalStores ? { stores: image.stores.toSorted().join(',') } : {}),
});

export interface ListedImages {
  readonly images: readonly Image[];
  readonly query: string;
  readonly next: string | null;
}

export const imageListView = ({ images, query, next }: ListedImages, severalStores: boolean) => ({
  images: images.map((image) => imageView(image, severalStores)),
  first: `/v2/images${query === '' ? '' : `?${query}`}`,
  ...(next === null ? {} : { next: `/v2/images?${next}` }),
  schema: '/v2/schemas/images',
});

export const memberView = (member: Member) => ({
  image_id: member.imageId,
  member_id: member.member,
  status: member.status,
  created_at: wireSeconds(member.createdAt),
  updated_at: wireSeconds(member.updatedAt),
  schema: '/v2/schemas/member',
});
