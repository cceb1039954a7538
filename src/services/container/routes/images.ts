import type { Ctx } from '#kernel/context.ts';
import { badRequest } from '#kernel/errors.ts';
import { Reply, route, type Route } from '#kernel/http/route.ts';
import type { ImageReader } from '#services/image/port.ts';
import { ImageNameParams, SearchImages } from '../schema/cloud.ts';
import { flagOf } from '../schema/common.ts';
import { ImageParams, ListImages, PullImage } from '../schema/image.ts';
import type { HostImageService } from '../service/host-images.ts';
import type { FoundImage } from '../service/image-search.ts';
import { foundImageView, hostImageView, imageView } from '../view/image.ts';

export interface ImageSearch {
  /** Where images come from that do not say. */
  readonly driver: 'glance' | 'docker';
  readonly images: ImageReader;
  readonly inRegistries: (
    ctx: Ctx,
    wanted: { readonly name: string; readonly exact: boolean },
  ) => Promise<readonly FoundImage[]>;
}

/** Images of nodes, and the search for images. */
export const imageRoutes = (hostImages: HostImageService, search: ImageSearch): Route[] => [
  ...collectionRoutes(hostImages),
  ...memberRoutes(hostImages),
  ...searchRoutes(search),
];

const collectionRoutes = (images: HostImageService): Route[] => [
  route({
    method: 'POST',
    url: '/v1/images',
    name: 'pull-image',
    summary: 'Pull an image to a node.',
    access: { rule: 'image:pull' },
    body: PullImage,
    status: 202,
    async handle({ ctx, body, base }) {
      const image = await images.pull(ctx, body);
      return new Reply(hostImageView(image, base), {
        headers: { location: `${base}/v1/images/${image.id}` },
      });
    },
  }),
  route({
    method: 'GET',
    url: '/v1/images',
    name: 'list-images',
    summary: 'List the images of nodes.',
    access: { rule: 'image:get_all' },
    query: ListImages,
    status: 200,
    async handle({ ctx, query, base }) {
      const { items, next } = await images.list(ctx, query);
      const nextUrl = (marker: string) =>
        `${base}/v1/images?${new URLSearchParams({ ...(query as object), marker }).toString()}`;
      return {
        images: items.map((image) => hostImageView(image, base)),
        next: next === null ? null : nextUrl(next),
      };
    },
  }),
];

const memberRoutes = (images: HostImageService): Route[] => [
  route({
    method: 'GET',
    url: '/v1/images/:image',
    name: 'get-image',
    summary: 'Show an image of a node.',
    access: { rule: 'image:get_one' },
    params: ImageParams,
    status: 200,
    handle: async ({ ctx, params, base }) => hostImageView(await images.get(ctx, params.image), base),
  }),
  route({
    method: 'GET',
    url: '/v1/images/:image/status',
    name: 'get-image-status',
    summary: 'Show how far a pull is. A path of our own.',
    access: { rule: 'image:get_one' },
    params: ImageParams,
    status: 200,
    async handle({ ctx, params }) {
      const { status, reason } = await images.get(ctx, params.image);
      return { status, status_reason: reason };
    },
  }),
  route({
    method: 'DELETE',
    url: '/v1/images/:image',
    name: 'delete-image',
    summary: 'Take an image back from a node.',
    access: { rule: 'image:delete' },
    params: ImageParams,
    status: 200,
    async handle({ ctx, params }) {
      await images.delete(ctx, params.image);
      return null;
    },
  }),
];

/** Clients write the slashes of a name into the path as they are: Zun finds nothing there, we do. */
const SLASHES = ['', '/:second', '/:second/:third'];

const searchRoutes = (search: ImageSearch): Route[] =>
  SLASHES.map((more, index) =>
    route({
      method: 'GET',
      url: `/v1/images/:image${more}/search`,
      name: index === 0 ? 'search-images' : `search-images-${index + 1}`,
      summary: 'Search images by name.',
      access: { rule: 'image:search' },
      params: ImageNameParams,
      query: SearchImages,
      status: 200,
      async handle({ ctx, params: { image, second, third }, query }) {
        const said = query.image_driver ?? 'None';
        if (!['glance', 'docker', 'None'].includes(said))
          throw badRequest(`Invalid input for field image_driver: there is no driver ${said}.`);
        const name = [image, second, third].filter((part) => part !== undefined).join('/');
        const exact = flagOf(query.exact_match);
        const driver = said === 'None' ? search.driver : said;
        if (driver === 'docker') return (await search.inRegistries(ctx, { name, exact })).map(foundImageView);
        return (await search.images.search(ctx, name, exact)).map(imageView);
      },
    }),
  );
