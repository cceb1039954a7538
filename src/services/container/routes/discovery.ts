import { Reply, route, type Route } from '#kernel/http/route.ts';
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
  route({
    method: 'GET',
    url: '/healthcheck',
    name: 'check-health',
    summary: 'Whether this service answers.',
    access: 'public',
    status: 200,
    handle: async () => new Reply('OK', { headers: { 'content-type': 'text/plain; charset=utf-8' } }),
  }),
];
