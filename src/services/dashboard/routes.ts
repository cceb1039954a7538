import { Type } from 'typebox';
import { CloudError } from '#kernel/errors.ts';
import { Reply, route, type Route } from '#kernel/http/route.ts';
import type { DashboardFiles } from './files.ts';
import { assertOurs, goneCookie, keptCookie, tokenIn } from './session-cookie.ts';

const Asset = Type.Object({ name: Type.String({ maxLength: 255 }) });
const Page = Type.Object({ '*': Type.String({ maxLength: 4096 }) });

const placeOf = (base: string) => ({ url: `${base}/session` });

export const fileRoutes = (files: DashboardFiles): Route[] => [
  route({
    method: 'GET',
    url: '/assets/:name',
    name: 'get-asset',
    summary: 'Load a part of the dashboard.',
    access: 'public',
    params: Asset,
    status: 200,
    handle: ({ params, headers }) => files.asset(params.name, headers['accept-encoding']),
  }),
  ...['/', '/*'].map((url) =>
    route({
      method: 'GET',
      url,
      name: url === '/' ? 'show-dashboard' : 'show-page',
      summary: 'Show the dashboard, which is one page at every address.',
      access: 'public',
      ...(url === '/*' && { params: Page }),
      status: 200,
      handle: ({ headers }) => files.page(headers['accept-encoding']),
    }),
  ),
];

/** What outlives a page that is loaded anew: the token alone, where no script can read it. */
export const sessionRoutes = (): Route[] => [
  route({
    method: 'PUT',
    url: '/session',
    name: 'keep-session',
    summary: 'Stay signed in: the token of this call is kept in a cookie.',
    access: 'authenticated',
    status: 204,
    async handle({ headers, token, base }) {
      assertOurs(headers);
      return new Reply(undefined, { headers: { 'set-cookie': keptCookie(token ?? '', placeOf(base)) } });
    },
  }),
  route({
    method: 'GET',
    url: '/session',
    name: 'find-session',
    summary: 'Find the token that was kept.',
    access: 'public',
    status: 200,
    async handle({ headers }) {
      assertOurs(headers);
      const token = tokenIn(headers);
      if (token === undefined || token === '')
        throw new CloudError('unauthenticated', 'Nobody is signed in.');
      return new Reply({ token }, { headers: { 'cache-control': 'no-store' } });
    },
  }),
  route({
    method: 'DELETE',
    url: '/session',
    name: 'end-session',
    summary: 'Forget the token that was kept.',
    access: 'public',
    status: 204,
    async handle({ headers, base }) {
      assertOurs(headers);
      return new Reply(undefined, { headers: { 'set-cookie': goneCookie(placeOf(base)) } });
    },
  }),
];
