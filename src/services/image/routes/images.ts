import { Type } from 'typebox';
import { Reply, route, type Route } from '#kernel/http/route.ts';
import { parsePatch } from '../model/patch.ts';
import { CreateImage, ImageParams, PATCH_TYPES, PatchImage } from '../schema/image.ts';
import { nextQuery, parseListQuery } from '../schema/list-query.ts';
import type { ImageService } from '../service/images.ts';
import type { ImportService } from '../service/imports.ts';
import type { Stores } from '../service/stores.ts';
import { importMethods } from './discovery.ts';
import { imageListView, imageView } from '../view/image.ts';

interface Deps {
  readonly images: ImageService;
  readonly imports: ImportService;
  readonly stores: Stores;
}

export const imageRoutes = ({ images, imports, stores }: Deps): Route[] => [
  route({
    method: 'GET',
    url: '/v2/images',
    name: 'list-images',
    summary: 'List images.',
    access: { rule: 'get_images' },
    query: Type.Record(Type.String(), Type.Unknown()),
    status: 200,
    async handle({ ctx, query }) {
      const { filter, page } = parseListQuery(query, ctx.isAdmin ? null : (ctx.project?.id ?? ''));
      const { items, next } =
        page.limit === 0 ? { items: [], next: null } : await images.list(ctx, filter, page);
      const listed = { images: items, query: nextQuery(query, null), next: next && nextQuery(query, next) };
      return imageListView(listed, stores.several);
    },
  }),
  route({
    method: 'POST',
    url: '/v2/images',
    name: 'create-image',
    summary: 'Create the record of an image; its data comes after.',
    access: { rule: 'add_image' },
    body: CreateImage,
    status: 201,
    async handle({ ctx, body, base }) {
      const image = await images.create(ctx, body);
      const headers = {
        location: `${base}/v2/images/${image.id}`,
        'openstack-image-import-methods': importMethods(stores).join(','),
        ...(stores.several ? { 'openstack-image-store-ids': stores.ids.join(',') } : {}),
      };
      return new Reply(imageView(image, stores.several), { headers });
    },
  }),
  route({
    method: 'GET',
    url: '/v2/images/:image_id',
    name: 'get-image',
    summary: 'Show an image.',
    access: { rule: 'get_images' },
    params: ImageParams,
    status: 200,
    handle: async ({ ctx, params }) => imageView(await images.get(ctx, params.image_id), stores.several),
  }),
  route({
    method: 'PATCH',
    url: '/v2/images/:image_id',
    name: 'update-image',
    summary: 'Change attributes by JSON patch.',
    access: { rule: 'modify_image' },
    params: ImageParams,
    body: PatchImage,
    mediaTypes: PATCH_TYPES,
    status: 200,
    handle: async ({ ctx, params, body }) =>
      imageView(await images.patch(ctx, params.image_id, parsePatch(body)), stores.several),
  }),
  route({
    method: 'DELETE',
    url: '/v2/images/:image_id',
    name: 'delete-image',
    summary: 'Delete an image and its data.',
    access: { rule: 'delete_image' },
    params: ImageParams,
    status: 204,
    handle: ({ ctx, params }) => imports.deleteImage(ctx, params.image_id),
  }),
];
