import { notFound } from '#kernel/errors.ts';
import { route, type Route } from '#kernel/http/route.ts';
import { PageQuery } from '../schema/common.ts';
import { StoreParams, TransportKeyParams } from '../schema/quota.ts';
import { STORE_ID, storeView } from '../view/store.ts';

const URL = '/v1/secret-stores';
const SEE = { rule: 'key-manager:secretstores:get' };
const PREFER = { rule: 'key-manager:secretstore_preferred:post' };

/** There is one store, so every project prefers it. */
export const storeRoutes = (): Route[] => [
  route({
    method: 'GET',
    url: URL,
    name: 'list-secret-stores',
    summary: 'Where secrets are kept.',
    access: SEE,
    query: PageQuery,
    status: 200,
    handle: async ({ base }) => ({ secret_stores: [storeView(base)] }),
  }),
  ...['global-default', 'preferred'].map((word) =>
    route({
      method: 'GET',
      url: `${URL}/${word}`,
      name: `get-${word}-secret-store`,
      summary: 'Where secrets are kept when nothing else is said.',
      access: SEE,
      status: 200,
      handle: async ({ base }) => storeView(base),
    }),
  ),
  route({
    method: 'GET',
    url: `${URL}/:secret_store_id`,
    name: 'get-secret-store',
    summary: 'Show a place where secrets are kept.',
    access: SEE,
    params: StoreParams,
    status: 200,
    async handle({ params, base }) {
      assertStore(params.secret_store_id);
      return storeView(base);
    },
  }),
  ...(['POST', 'DELETE'] as const).map((method) =>
    route({
      method,
      url: `${URL}/:secret_store_id/preferred`,
      name: `${method === 'POST' ? 'prefer' : 'unprefer'}-secret-store`,
      summary: 'Prefer a place to keep secrets in, or no longer: there is one only.',
      access: PREFER,
      params: StoreParams,
      status: 204,
      handle: async ({ params }) => assertStore(params.secret_store_id),
    }),
  ),
  ...transportKeyRoutes(),
];

const transportKeyRoutes = (): Route[] => [
  route({
    method: 'GET',
    url: '/v1/transport_keys',
    name: 'list-transport-keys',
    summary: 'Keys that encrypt payloads on their way: there are none.',
    access: { rule: 'key-manager:transport_keys:get' },
    query: PageQuery,
    status: 200,
    handle: async () => ({ transport_keys: [], total: 0 }),
  }),
  route({
    method: 'GET',
    url: '/v1/transport_keys/:transport_key_id',
    name: 'get-transport-key',
    summary: 'There is no such key.',
    access: { rule: 'key-manager:transport_keys:get' },
    params: TransportKeyParams,
    status: 200,
    handle: () => Promise.reject(notFound('Transport key not found.')),
  }),
];

function assertStore(id: string): void {
  if (id !== STORE_ID) throw notFound('Secret store not found.');
}
