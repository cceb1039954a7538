import { CloudError, badRequest, conflict, forbidden, notFound } from '#kernel/errors.ts';

export type ImageStatus = 'queued' | 'saving' | 'uploading' | 'importing' | 'active' | 'deactivated';
export type Visibility = 'public' | 'private' | 'shared' | 'community';

export interface Image {
  readonly id: string;
  readonly name: string | null;
  readonly status: ImageStatus;
  readonly visibility: Visibility;
  /** Project id. */
  readonly owner: string;
  /** Bytes. */
  readonly size: number | null;
  readonly virtualSize: number | null;
  readonly diskFormat: string | null;
  readonly containerFormat: string | null;
  readonly md5: string | null;
  readonly sha512: string | null;
  readonly hidden: boolean;
  readonly protected: boolean;
  /** MiB. */
  readonly minRam: number;
  /** GiB. */
  readonly minDisk: number;
  readonly tags: readonly string[];
  readonly properties: Readonly<Record<string, string>>;
  /** Names of the stores that have the data; the first is read from. */
  readonly stores: readonly string[];
  /** The control process in which its data arrives, or arrived last; null = in none. */
  readonly receiver: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface Member {
  readonly imageId: string;
  readonly member: string;
  readonly status: 'pending' | 'accepted' | 'rejected';
  readonly createdAt: string;
  readonly updatedAt: string;
}

export const DISK_FORMATS = [
  'ami',
  'ari',
  'aki',
  'vhd',
  'vhdx',
  'vmdk',
  'raw',
  'qcow2',
  'vdi',
  'iso',
  'ploop',
] as const;
export const CONTAINER_FORMATS = ['ami', 'ari', 'aki', 'bare', 'ovf', 'ova', 'docker', 'compressed'] as const;
export const MAX_PROPERTIES = 128;
export const MAX_TAGS = 128;
export const MAX_MEMBERS = 128;

/** In which states an action may begin. */
const can: Record<string, readonly ImageStatus[]> = {
  upload: ['queued'],
  stage: ['queued'],
  'import staged data into': ['uploading'],
  'import data into': ['queued'],
  copy: ['active'],
  deactivate: ['active', 'deactivated'],
  reactivate: ['active', 'deactivated'],
};

export function assertCan(image: Image, action: keyof typeof can): void {
  if (can[action]?.includes(image.status)) return;
  throw conflict(`Image ${image.id} is in status '${image.status}': it is not possible to ${action} it.`);
}

/** Whether its data was still arriving, so that after a crash there is but half of it. Size is known once all is there. */
export const isReceiving = ({ status, size }: Pick<Image, 'status' | 'size'>): boolean =>
  status === 'saving' || (status === 'uploading' && size === null);

/** @throws CloudError `conflict` while staged data is on its way */
export function assertStaged(image: Image): void {
  assertCan(image, 'import staged data into');
  if (isReceiving(image)) throw conflict(`The data of image ${image.id} has not been staged whole yet.`);
}

/** Data can come only when it is known what it is. */
export function assertFormats(image: Image): void {
  const missing = [
    image.diskFormat === null && 'disk_format',
    image.containerFormat === null && 'container_format',
  ].filter(Boolean);
  if (missing.length > 0)
    throw badRequest(`Properties ${missing.join(', ')} must be set prior to saving data.`);
}

export function assertWithinQuota(image: Image): void {
  const over = (what: string, count: number, limit: number) => {
    if (count > limit)
      throw new CloudError('too-large', `The limit of ${limit} image ${what} has been exceeded: ${count}.`);
  };
  over('properties', Object.keys(image.properties).length, MAX_PROPERTIES);
  over('tags', image.tags.length, MAX_TAGS);
}

export function assertDeletable(image: Image): void {
  if (image.protected) throw forbidden(`Image ${image.id} is protected and cannot be deleted.`);
}

/** What remains of an image when receiving its data failed. */
export const NO_DATA = {
  status: 'queued',
  size: null,
  virtualSize: null,
  md5: null,
  sha512: null,
  stores: [],
  receiver: null,
} as const satisfies Partial<Image>;

export const imageNotFound = (id: string): CloudError => notFound(`No image found with ID ${id}.`);
export const memberNotFound = (id: string, member: string): CloudError =>
  notFound(`Member ${member} not found in image ${id}.`);
