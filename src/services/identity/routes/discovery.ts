import { Reply, route, type Route } from '#kernel/http/route.ts';

const version = (base: string) => ({
  id: 'v3.14',
  status: 'stable',
  updated: '2020-04-07T00:00:00Z',
  links: [{ rel: 'self', href: `${base}/v3/` }],
  'media-types': [{ base: 'application/json', type: 'application/vnd.openstack.identity-v3+json' }],
});

/** json-home (draft-nottingham-json-home): every collection by its relation. */
const jsonHome = (resources: readonly string[]) => ({
  resources: Object.fromEntries(
    resources.map((name) => [
      `https://docs.openstack.org/api/openstack-identity/3/rel/${name}`,
      { href: `/${name}` },
    ]),
  ),
});

export const discoveryRoutes = (): Route[] => [
  route({
    method: 'GET',
    url: '/',
    name: 'choose-version',
    summary: 'Which versions there are.',
    access: 'public',
    status: 300,
    handle: async ({ base }) =>
      new Reply({ versions: { values: [version(base)] } }, { headers: { location: `${base}/v3/` } }),
  }),
  route({
    method: 'GET',
    url: '/v3',
    name: 'get-version',
    summary: 'What this version is.',
    access: 'public',
    status: 200,
    async handle({ base, headers }) {
      if (!String(headers.accept).includes('application/json-home')) return { version: version(base) };
      const home = jsonHome([
        'projects',
        'domains',
        'users',
        'groups',
        'roles',
        'services',
        'endpoints',
        'regions',
      ]);
      return new Reply(home, { headers: { 'content-type': 'application/json-home' } });
    },
  }),
];
