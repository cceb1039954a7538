import { route, type Route } from '#kernel/http/route.ts';
import { AddMember, ImageParams, MemberParams, UpdateMember } from '../schema/image.ts';
import type { MemberService } from '../service/members.ts';
import { memberView } from '../view/image.ts';

export const memberRoutes = (members: MemberService): Route[] => [
  route({
    method: 'GET',
    url: '/v2/images/:image_id/members',
    name: 'list-image-members',
    summary: 'List whom an image is shared with.',
    access: { rule: 'get_members' },
    params: ImageParams,
    status: 200,
    async handle({ ctx, params }) {
      return {
        members: (await members.list(ctx, params.image_id)).map(memberView),
        schema: '/v2/schemas/members',
      };
    },
  }),
  route({
    method: 'POST',
    url: '/v2/images/:image_id/members',
    name: 'add-image-member',
    summary: 'Share an image with a project.',
    access: { rule: 'add_member' },
    params: ImageParams,
    body: AddMember,
    status: 200,
    handle: async ({ ctx, params, body }) => memberView(await members.add(ctx, params.image_id, body.member)),
  }),
  route({
    method: 'GET',
    url: '/v2/images/:image_id/members/:member_id',
    name: 'get-image-member',
    summary: 'Show how an image is shared with a project.',
    access: { rule: 'get_members' },
    params: MemberParams,
    status: 200,
    handle: async ({ ctx, params }) => memberView(await members.get(ctx, params.image_id, params.member_id)),
  }),
  route({
    method: 'PUT',
    url: '/v2/images/:image_id/members/:member_id',
    name: 'update-image-member',
    summary: 'Accept or reject an image.',
    access: { rule: 'modify_member' },
    params: MemberParams,
    body: UpdateMember,
    status: 200,
    handle: async ({ ctx, params, body }) =>
      memberView(await members.setStatus(ctx, params.image_id, params.member_id, body.status)),
  }),
  route({
    method: 'DELETE',
    url: '/v2/images/:image_id/members/:member_id',
    name: 'remove-image-member',
    summary: 'Stop sharing an image with a project.',
    access: { rule: 'delete_member' },
    params: MemberParams,
    status: 204,
    handle: ({ ctx, params }) => members.remove(ctx, params.image_id, params.member_id),
  }),
];
