import { Type } from 'typebox';
import { wireSeconds } from '#kernel/clock.ts';
import { nameUuid } from '#kernel/ids.ts';
import { route, type Route } from '#kernel/http/route.ts';
import type { Policy } from '#kernel/policy/policy.ts';
import { networkError } from '../model/errors.ts';
import type { NodeInfo, NodePort } from '#services/placement/port.ts';
import { ZONE } from '../view/standard.ts';
import { EXTENSIONS } from './extensions.ts';

const COLLECTIONS = [
  'network',
  'subnet',
  'port',
  'router',
  'floatingip',
  'security-group',
  'security-group-rule',
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
export const discoveryRoutes = (nodes: NodePort, policy: Policy): Route[] => [
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
      resources: COLLECTIONS.map((name) => ({
        name,
        collection: `${name}s`,
        links: [
          {
            rel: 'self',
            href: `${base}/v2.0/${name}s`,
          },
        ],
      })),
    }),
  }),
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
  ...agentRoutes(nodes, policy),
];

const agentRoutes = (nodes: NodePort, policy: Policy): Route[] => [
  route({
    method: 'GET',
    url: '/v2.0/agents',
    name: 'list-agents',
    summary: 'List what runs on the nodes; for those who may not see it, nothing does.',
    access: 'authenticated',
    status: 200,
    handle: async ({ ctx }) => ({
      agents: policy.allows(ctx, 'get_agent') ? (await nodes.list(ctx)).map(agentView) : [],
    }),
  }),
  route({
    method: 'GET',
    url: '/v2.0/agents/:id',
    name: 'get-agent',
    summary: 'Show what runs on a node.',
    access: { rule: 'get_agent' },
    params: Type.Object({ id: Type.String() }),
    status: 200,
    async handle({ ctx, params }) {
      const found = (await nodes.list(ctx)).map(agentView).find(({ id }) => id === params.id);
      if (!found) throw networkError('not-found', 'AgentNotFound', `Agent ${params.id} could not be found`);
      return { agent: found };
    },
  }),
];

const AGENT = '0d3f5c0e-6a57-4f0b-8f3c-6f1f3a7b9e10';

const agentView = (node: NodeInfo) => ({
  id: nameUuid(AGENT, node.hostname),
  agent_type: 'Hydria node',
  binary: 'hydria-node',
  host: node.hostname,
  availability_zone: ZONE,
  topic: 'N/A',
  description: null,
  admin_state_up: !node.disabled,
  alive: node.state === 'up',
  configurations: { driver: node.networkDriver },
  heartbeat_timestamp: wireSeconds(node.lastSeen).replace('T', ' ').replace('Z', ''),
  created_at: wireSeconds(node.lastSeen).replace('T', ' ').replace('Z', ''),
  started_at: wireSeconds(node.lastSeen).replace('T', ' ').replace('Z', ''),
  resources_synced: null,
});
