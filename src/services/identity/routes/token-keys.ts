import { Type } from 'typebox';
import { route, type Route } from '#kernel/http/route.ts';
import type { TokenKeyService } from '../service/token-keys.ts';
import type { TokenKey } from '../tokens/keys.ts';
import { listLinks } from './resource.ts';

const view = ({ id, signsFrom }: TokenKey) => ({ id, signs_from: signsFrom });

/** Ours, not Keystone's: there, keys are files. */
export const tokenKeyRoutes = (keys: TokenKeyService): Route[] => [
  route({
    method: 'GET',
    url: '/v3/token-keys',
    name: 'list-token-keys',
    summary: 'List the keys that verify tokens, the youngest first.',
    access: { rule: 'identity:list_token_keys' },
    status: 200,
    handle: async ({ ctx, base }) => ({
      token_keys: keys.list(ctx).map(view),
      ...listLinks(`${base}/v3/token-keys`),
    }),
  }),
  route({
    method: 'POST',
    url: '/v3/token-keys',
    name: 'create-token-key',
    summary: 'Make a new key, which soon signs all tokens. Nobody is logged out.',
    access: { rule: 'identity:create_token_key' },
    body: Type.Object({ token_key: Type.Object({}) }),
    status: 201,
    handle: async ({ ctx }) => ({ token_key: view(await keys.create(ctx)) }),
  }),
  route({
    method: 'DELETE',
    url: '/v3/token-keys/:id',
    name: 'delete-token-key',
    summary: 'Forget a key that no longer signs; its tokens end at once.',
    access: { rule: 'identity:delete_token_key' },
    params: Type.Object({ id: Type.String() }),
    status: 204,
    handle: ({ ctx, params }) => keys.delete(ctx, params.id),
  }),
];
