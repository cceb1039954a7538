import { Type } from 'typebox';
import { Reply, route, type Route } from '#kernel/http/route.ts';
import type { DashboardFiles } from './files.ts';
import { assertOurs, goneCookie, keptCookie, tokenIn } from './session-cookie.ts';

const Asset = Type.Object({ name: Type.String({ maxLength: 255 }) });
const Word = Type.String({ maxLength: 512 });
/** Pages are no deeper: a kind of thing, one of them, a side of it. */
const PAGES = [
  ['show-dashboard', '/', Type.Object({})],
  ['show-list', '/:page', Type.Object({ page: Word })],
  ['show-one', '/:page/:id', Type.Object({ page: Word, id: Word })],
  ['show-side', '/:page/:id/:tab', Type.Object({ page: Word, id: Word, tab: Word })],
] as const;

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
  ...PAGES.map(([name, url, params]) =>
    route({
      method: 'GET',
      url,
      name,
      summary: 'Show the dashboard, which is one page at every address.',
      access: 'public',
      params,
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
    summary: 'Find the token that was kept, if there is one.',
    access: 'public',
    status: 200,
    async handle({ headers }) {
      assertOurs(headers);
      return new Reply({ token: tokenIn(headers) ?? null }, { headers: { 'cache-control': 'no-store' } });
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
