import { route, type Route } from '#kernel/http/route.ts';
import { versionsView } from '../view/versions.ts';

export const discoveryRoutes = (): Route[] => [
  route({
    method: 'GET',
    url: '/',
    name: 'list-versions',
    summary: 'Which versions there are.',
    access: 'public',
    status: 300,
    handle: async ({ base }) => versionsView(base),
  }),
];
