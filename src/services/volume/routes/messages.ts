import { route, type Route } from '#kernel/http/route.ts';
import type { Policy } from '#kernel/policy/policy.ts';
import { ListMessages, MessageParams } from '../schema/message.ts';
import type { UserMessages } from '../service/user-messages.ts';
import { nextLink } from '../view/common.ts';
import { messageView } from '../view/periphery.ts';
import { viewerOf } from './v3.ts';

const SINCE = '3.3';

export const messageRoutes = (messages: UserMessages, policy: Policy): Route[] => [
  route({
    method: 'GET',
    url: '/v3/messages',
    name: 'list-messages',
    summary: 'List what went wrong.',
    access: { rule: 'message:get_all' },
    since: SINCE,
    query: ListMessages,
    status: 200,
    async handle(call) {
      const viewer = viewerOf(call, policy);
      const { items, next } = await messages.list(call.ctx, call.query);
      return {
        messages: items.map((item) => messageView(item, viewer)),
        ...nextLink('messages_links', { viewer, path: 'messages', query: call.query, next }),
      };
    },
  }),
  route({
    method: 'GET',
    url: '/v3/messages/:message',
    name: 'get-message',
    summary: 'Show a message.',
    access: { rule: 'message:get' },
    since: SINCE,
    params: MessageParams,
    status: 200,
    async handle(call) {
      const message = await messages.get(call.ctx, call.params.message);
      return { message: messageView(message, viewerOf(call, policy)) };
    },
  }),
  route({
    method: 'DELETE',
    url: '/v3/messages/:message',
    name: 'delete-message',
    summary: 'Delete a message.',
    access: { rule: 'message:delete' },
    since: SINCE,
    params: MessageParams,
    status: 204,
    handle: ({ ctx, params }) => messages.delete(ctx, params.message),
  }),
];
