import { Reply, route, type Route } from '#kernel/http/route.ts';
import { AddLocation, ImageParams } from '../schema/image.ts';
import type { ImageService } from '../service/images.ts';
import type { ImportService } from '../service/imports.ts';
import type { Stores } from '../service/stores.ts';

interface Deps {
  readonly images: ImageService;
  readonly imports: ImportService;
  readonly stores: Stores;
}

/** Data stays in our own stores: what is at a location that is added is fetched from there. */
export const locationRoutes = ({ images, imports, stores }: Deps): Route[] => [
  route({
    method: 'GET',
    url: '/v2/images/:image_id/locations',
    name: 'list-image-locations',
    summary: 'Where the data of an image is kept.',
    access: { rule: 'get_images' },
    params: ImageParams,
    status: 200,
    async handle({ ctx, params }) {
      const image = await images.getFor(ctx, params.image_id, 'fetch_image_location');
      return image.stores.map((store) => ({
        url: `${stores.get(store).store.kind}://${store}/${image.id}`,
        metadata: { store },
      }));
    },
  }),
  route({
    method: 'POST',
    url: '/v2/images/:image_id/locations',
    name: 'add-image-location',
    summary: 'Take the data of an image from a URL.',
    access: { rule: 'get_images' },
    params: ImageParams,
    body: AddLocation,
    status: 202,
    async handle({ ctx, params, body }) {
      const { os_hash_value: sha512 } = body.validation_data ?? {};
      const method = {
        name: 'web-download',
        uri: body.url,
        ...(sha512 !== undefined && { sha512 }),
      } as const;
      const request = { method, stores: stores.choose({}), allMustSucceed: true };
      await imports.start(ctx, params.image_id, { request, input: { location: { url: body.url } } });
      return new Reply(undefined);
    },
  }),
];
