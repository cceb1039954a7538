import { Reply, route, type Call, type Route } from '#kernel/http/route.ts';
import { v1View, versionsView } from '../view/versions.ts';

export const discoveryRoutes = (): Route[] => [
  route({
    method: 'GET',
    url: '/',
    name: 'list-versions',
    summary: 'Which versions there are.',
    access: 'public',
    status: 300,
    async handle({ base, headers }) {
      const versioned = asksVersion(headers);
      return new Reply(versionsView(base, versioned), { status: versioned ? 300 : 200 });
    },
  }),
  route({
    method: 'GET',
    url: '/v1',
    name: 'get-version',
    summary: 'What version 1 has.',
    access: 'public',
    status: 200,
    handle: async ({ base, headers }) => v1View(base, asksVersion(headers)),
  }),
];

const asksVersion = (headers: Call['headers']): boolean =>
  /\bkey-manager\b/i.test(String(headers['openstack-api-version'] ?? ''));
