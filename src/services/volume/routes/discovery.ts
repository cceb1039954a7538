import { Reply, route, type Route } from '#kernel/http/route.ts';
import { versionsView } from '../view/versions.ts';

export const discoveryRoutes = (): Route[] => [
  route({
    method: 'GET',
    url: '/',
    name: 'list-versions',
    summary: 'Which versions there are.',
    access: 'public',
    status: 300,
    handle: async ({ base }) => new Reply(versionsView(base), { headers: { location: `${base}/v3/` } }),
  }),
  route({
    method: 'GET',
    url: '/v3',
    name: 'get-version',
    summary: 'What version 3 has.',
    access: 'public',
    status: 200,
    handle: async ({ base }) => versionsView(base),
  }),
];
