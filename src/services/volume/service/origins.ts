import type { Ctx } from '#kernel/context.ts';
import { badRequest } from '#kernel/errors.ts';
import type { VolumeSource } from '#node/protocol.ts';
import type { DiskFormat } from '#disk-image/formats.ts';
import type { ImageInfo } from '#services/image/port.ts';
import type { Place } from '../model/schedule.ts';
import { assertCan } from '../model/states.ts';
import type { VolumeDeps } from './deps.ts';
import type { Lookup } from './lookup.ts';

/** Where a new volume's content comes from, and what follows from that. */
export interface Origin {
  readonly source: VolumeSource;
  /** GiB that the volume must have at least; null = any. */
  readonly size: number | null;
  /** Where it must be; null = anywhere. */
  readonly place: Place | null;
  readonly typeId: string | null;
  readonly bootable: boolean;
  readonly imageMetadata: Readonly<Record<string, string>>;
}

type OriginDeps = Pick<VolumeDeps, 'images'> & { readonly lookup: Lookup };

const GIB = 2 ** 30;

const PLAIN = { place: null, typeId: null, bootable: false, imageMetadata: {} };

/** @throws CloudError `bad-request` or `not-found` for a source that nothing can be made from */
export async function findOrigin(
  deps: OriginDeps,
  ctx: Ctx,
  { kind, id }: { readonly kind: VolumeSource['kind']; readonly id: string },
): Promise<Origin> {
  switch (kind) {
    case 'zeros':
      return { ...PLAIN, source: { kind }, size: null };
    case 'image':
      return imageOrigin(await deps.images.find(ctx, id), id);
    case 'snapshot':
      return snapshotOrigin(deps, ctx, id);
    case 'volume':
      return volumeOrigin(deps, ctx, id);
    case 'backup':
      return backupOrigin(deps, ctx, id);
  }
}

/** @throws CloudError `bad-request` unless a volume can be made of it */
export function imageOrigin(image: ImageInfo | undefined, id: string): Origin {
  if (!image) throw badRequest(`Invalid image identifier or unable to access requested image: ${id}.`);
  const { status, hash, diskFormat, minDisk, size, virtualSize } = image;
  if (status !== 'active' || hash === null)
    throw badRequest(`Invalid input received: Image ${image.id} is not active: it is ${status}.`);
  if (image.containerFormat !== 'bare')
    throw badRequest(`Image ${image.id} is unacceptable: it is a container's, not a disk.`);
  return {
    ...PLAIN,
    source: { kind: 'image', image: { id: image.id, checksum: hash }, format: diskFormat as DiskFormat },
    size: Math.max(minDisk, Math.ceil((virtualSize ?? size ?? 0) / GIB)),
    bootable: true,
    imageMetadata: imageMetadataOf(image),
  };
}

const imageMetadataOf = (image: ImageInfo): Record<string, string> => ({
  ...image.properties,
  image_id: image.id,
  image_name: image.name,
  container_format: image.containerFormat ?? '',
  disk_format: image.diskFormat ?? '',
  min_disk: String(image.minDisk),
  min_ram: String(image.minRam),
  size: String(image.size ?? 0),
});

async function snapshotOrigin({ lookup }: OriginDeps, ctx: Ctx, id: string): Promise<Origin> {
  const snapshot = await lookup.snapshot(ctx, id, 'volume:get_snapshot');
  if (snapshot.status !== 'available')
    throw badRequest(
      `Invalid snapshot: Originating snapshot status must be available, not ${snapshot.status}.`,
    );
  const volume = await lookup.volume(ctx, snapshot.volumeId, 'volume:get');
  const { host, backend, size, typeId } = snapshot;
  const { bootable, imageMetadata } = volume;
  return {
    source: { kind: 'snapshot', id },
    size,
    place: { host, backend },
    typeId,
    bootable,
    imageMetadata,
  };
}

async function volumeOrigin({ lookup }: OriginDeps, ctx: Ctx, id: string): Promise<Origin> {
  const { host, backend, ...volume } = await lookup.volume(ctx, id, 'volume:get');
  assertCan('clone', volume);
  const { size, typeId, bootable, imageMetadata } = volume;
  const place = host === null ? null : { host, backend };
  return { source: { kind: 'volume', id }, size, place, typeId, bootable, imageMetadata };
}

async function backupOrigin({ lookup }: OriginDeps, ctx: Ctx, id: string): Promise<Origin> {
  const backup = await lookup.backup(ctx, id, 'backup:get');
  if (backup.status !== 'available')
    throw badRequest(`Invalid backup: Backup status must be available, not ${backup.status}.`);
  return { ...PLAIN, source: { kind: 'backup', id }, size: backup.size };
}
