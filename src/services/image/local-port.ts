import type { Ctx } from '#kernel/context.ts';
import { CloudError, conflict } from '#kernel/errors.ts';
import type { Image } from './model/image.ts';
import { imageNotFound } from './model/image.ts';
import type { ImageInfo, ImagePort, NewImage } from './port.ts';
import type { ImageDeps } from './service/deps.ts';
import { ImageDataService } from './service/image-data.ts';
import { ImageService } from './service/images.ts';
import type { ImageFilter } from './store/images.ts';

const NEWEST_FIRST = [
  { column: 'created_at', direction: 'desc' },
  { column: 'id', direction: 'asc' },
] as const;

/** The port in one process with the service. */
export function localImagePort(deps: ImageDeps): ImagePort {
  const images = new ImageService(deps);
  const data = new ImageDataService({ ...deps, images });
  const list = async (ctx: Ctx, filter: Partial<ImageFilter>): Promise<ImageInfo[]> => {
    const page = { limit: 1000, marker: null, sort: NEWEST_FIRST };
    return (await images.list(ctx, { ...everything(ctx), ...filter }, page)).items.map(toInfo);
  };
  const find = async (ctx: Ctx, idOrName: string): Promise<ImageInfo | undefined> => {
    const byId = await images.get(ctx, idOrName).catch(orUndefined);
    if (byId) return toInfo(byId);
    const named = await list(ctx, { oneOf: { name: [idOrName] } });
    if (named.length > 1) throw conflict(`Several images have the name '${idOrName}': please use an id.`);
    return named[0];
  };
  return {
    find,
    async get(ctx, idOrName) {
      const image = await find(ctx, idOrName);
      if (!image) throw imageNotFound(idOrName);
      return image;
    },
    async search(ctx, name, exact) {
      if (exact) return list(ctx, { oneOf: { name: [name] } });
      return (await list(ctx, {})).filter((image) => image.name.includes(name));
    },
    create: async (ctx, image) => toInfo(await images.ensure(ctx, image.id, attributesOf(image))),
    append: (ctx, id, offset, bytes) => data.append(ctx, id, offset, bytes),
    finish: async (ctx, id, size) => toInfo(await data.finish(ctx, id, size)),
    discard: (ctx, id) => data.discard(ctx, id),
    remove: (ctx, id) => data.remove(ctx, id).catch(orUndefined),
    async open(ctx, id) {
      const image = await data.readable(ctx, id);
      if (!image) throw conflict(`Image ${id} has no data yet.`);
      return { size: image.size ?? 0, stream: await data.open(image) };
    },
  };
}

const attributesOf = (image: NewImage): Readonly<Record<string, unknown>> => ({
  ...image.properties,
  name: image.name,
  disk_format: image.diskFormat,
  container_format: image.containerFormat,
  visibility: image.visibility,
  min_disk: image.minDisk,
  protected: image.protected,
});

const orUndefined = (thrown: unknown): undefined => {
  if (thrown instanceof CloudError && thrown.kind === 'not-found') return undefined;
  throw thrown;
};

const everything = (ctx: Ctx): ImageFilter => ({
  viewer: ctx.isAdmin ? null : (ctx.project?.id ?? ''),
  memberStatus: 'accepted',
  visibility: 'all',
  hidden: false,
  protected: null,
  oneOf: {},
  tags: [],
  properties: {},
  comparisons: [],
});

const toInfo = (image: Image): ImageInfo => ({
  id: image.id,
  name: image.name ?? '',
  status: image.status,
  containerFormat: image.containerFormat,
  diskFormat: image.diskFormat,
  size: image.size,
  hash: image.sha512,
  virtualSize: image.virtualSize,
  visibility: image.visibility,
  owner: image.owner,
  protected: image.protected,
  tags: image.tags,
  properties: image.properties,
  minDisk: image.minDisk,
  minRam: image.minRam,
});
