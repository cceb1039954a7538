import { badRequest } from '#kernel/errors.ts';
import { route, type Route } from '#kernel/http/route.ts';
import { ImageParams, TagParams } from '../schema/image.ts';
import type { ImageService } from '../service/images.ts';

export const imageActionRoutes = (images: ImageService): Route[] => [
  ...(['deactivate', 'reactivate'] as const).map((action) =>
    route({
      method: 'POST',
      url: `/v2/images/:image_id/actions/${action}`,
      name: `${action}-image`,
      summary: action === 'deactivate' ? 'Stop downloads.' : 'Allow downloads again.',
      access: { rule: 'get_images' },
      params: ImageParams,
      status: 204,
      handle: ({ ctx, params }) => images.setActive(ctx, params.image_id, action === 'reactivate'),
    }),
  ),
  ...(['PUT', 'DELETE'] as const).map((method) =>
    route({
      method,
      url: '/v2/images/:image_id/tags/:tag',
      name: method === 'PUT' ? 'add-image-tag' : 'remove-image-tag',
      summary: method === 'PUT' ? 'Add a tag.' : 'Remove a tag.',
      access: { rule: 'modify_image' },
      params: TagParams,
      status: 204,
      handle({ ctx, params }) {
        if (params.tag === '') throw badRequest('A tag has 1 to 255 characters.');
        return images.setTag(ctx, params.image_id, params.tag, method === 'PUT');
      },
    }),
  ),
];
