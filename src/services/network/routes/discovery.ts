import { Type } from 'typebox';
import { route, type Route } from '#kernel/http/route.ts';
import { networkError } from '../model/errors.ts';
import { ZONE } from '../view/standard.ts';
import { EXTENSIONS } from './extensions.ts';

const COLLECTIONS = [
  'networks',
  'subnets',
  'ports',
  'routers',
  'floatingips',
  'security-groups',
  'security-group-rules',
  'default-security-group-rules',
  'subnetpools',
  'address-scopes',
  'address-groups',
  'rbac-policies',
  'trunks',
  'qos/policies',
  'agents',
  'availability_zones',
  'network-ip-availabilities',
  'quotas',
];

const version = (base: string) => ({
  id: 'v2.0',
  status: 'CURRENT',
  links: [{ rel: 'self', href: `${base}/v2.0/` }],
});

const extensionView = ([alias, name]: readonly [string, string]) => ({
  alias,
  name,
  description: name,
  updated: '2024-01-01T00:00:00-00:00',
  links: [],
});

/** What a client looks at before anything else. */
export const discoveryRoutes = (): Route[] => [
  route({
    method: 'GET',
    url: '/',
    name: 'list-versions',
    summary: 'Versions of this API.',
    access: 'public',
    status: 200,
    handle: async ({ base }) => ({ versions: [version(base)] }),
  }),
  route({
    method: 'GET',
    url: '/v2.0',
    name: 'list-resources',
    summary: 'What there is in v2.0.',
    access: 'public',
    status: 200,
    handle: async ({ base }) => ({
      resources: COLLECTIONS.map((collection) => ({
        name: collection.replace(/ies$/, 'y').replace(/s$/, ''),
        collection,
        links: [{ rel: 'self', href: `${base}/v2.0/${collection}` }],
      })),
    }),
  }),
  ...extensionRoutes(),
  ...partRoutes(),
];

const extensionRoutes = (): Route[] => [
  route({
    method: 'GET',
    url: '/v2.0/extensions',
    name: 'list-extensions',
    summary: 'List extensions.',
    access: { rule: 'get_extension' },
    status: 200,
    handle: async () => ({ extensions: EXTENSIONS.map(extensionView) }),
  }),
  route({
    method: 'GET',
    url: '/v2.0/extensions/:alias',
    name: 'get-extension',
    summary: 'Show an extension.',
    access: { rule: 'get_extension' },
    params: Type.Object({ alias: Type.String() }),
    status: 200,
    async handle({ params }) {
      const found = EXTENSIONS.find(([alias]) => alias === params.alias);
      if (!found)
        throw networkError(
          'not-found',
          'HTTPNotFound',
          `Extension with alias ${params.alias} does not exist`,
        );
      return { extension: extensionView(found) };
    },
  }),
];

/** What the cloud is made of. */
const partRoutes = (): Route[] => [
  route({
    method: 'GET',
    url: '/v2.0/availability_zones',
    name: 'list-availability-zones',
    summary: 'List zones.',
    access: { rule: 'get_availability_zone' },
    status: 200,
    handle: async () => ({
      availability_zones: ['network', 'router'].map((resource) => ({
        name: ZONE,
        resource,
        state: 'available',
      })),
    }),
  }),
  route({
    method: 'GET',
    url: '/v2.0/service-providers',
    name: 'list-service-providers',
    summary: 'List what routers are made of.',
    access: { rule: 'get_extension' },
    status: 200,
    handle: async () => ({
      service_providers: [{ service_type: 'L3_ROUTER_NAT', name: 'linux', default: true }],
    }),
  }),
];
