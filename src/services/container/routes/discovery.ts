import { route, type Route } from '#kernel/http/route.ts';
import { v1View, versionsView } from '../view/versions.ts';

export const discoveryRoutes = (): Route[] => [
  route({
    method: 'GET',
    url: '/',
    name: 'list-versions',
    summary: 'Which versions there are.',
    access: 'public',
    status: 200,
    handle: async ({ base }) => versionsView(base),
  }),
  route({
    method: 'GET',
    url: '/v1',
    name: 'get-version',
    summary: 'What version 1 has.',
    access: 'public',
    status: 200,
    handle: async ({ base }) => v1View(base),
  }),
];
