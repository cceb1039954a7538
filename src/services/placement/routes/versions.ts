import { route, type Route } from '#kernel/http/route.ts';
import { versionsView } from '../view/versions.ts';

export const versionRoutes = (): Route[] => [
  route({
    method: 'GET',
    url: '/',
    name: 'list-versions',
    summary: 'List versions.',
    access: 'public',
    status: 200,
    async handle({ base }) {
      return versionsView(base);
    },
  }),
];
