import { Type } from 'typebox';
import { route, type Route } from '#kernel/http/route.ts';
import type { Policy } from '#kernel/policy/policy.ts';
import { networkKind, routerKind } from '../kinds.ts';
import { attributes, Flag, Id, Name } from '../schema/common.ts';
import type { AgentService } from '../service/agents.ts';
import type { Reader } from '../service/reader.ts';
import { ListParams } from './resource.ts';
import { IdParams } from './target.ts';

interface AgentUseCases {
  readonly agents: AgentService;
  readonly policy: Policy;
  readonly reader: Reader;
}

const FILTERS = ['id', 'agent_type', 'binary', 'host', 'availability_zone'] as const;

const UpdateAgent = attributes({
  agent: attributes({ admin_state_up: Type.Optional(Flag), description: Type.Optional(Name) }),
});

/** What runs on the nodes, and what each node serves. */
export const agentRoutes = (useCases: AgentUseCases): Route[] => [
  ...ownRoutes(useCases),
  ...servingRoutes(useCases),
  ...routerRoutes(useCases.agents),
];

const ownRoutes = ({ agents, policy }: AgentUseCases): Route[] => [
  route({
    method: 'GET',
    url: '/v2.0/agents',
    name: 'list-agents',
    summary: 'List what runs on the nodes; for those who may not see it, nothing does.',
    access: 'authenticated',
    query: ListParams,
    status: 200,
    async handle({ ctx, query }) {
      if (!policy.allows(ctx, 'get_agent')) return { agents: [] };
      const wanted = FILTERS.filter((name) => query[name] !== undefined);
      const found = (await agents.list(ctx)).filter((agent) =>
        wanted.every((name) => [query[name]].flat().includes(agent[name])),
      );
      return { agents: found };
    },
  }),
  route({
    method: 'GET',
    url: '/v2.0/agents/:id',
    name: 'get-agent',
    summary: 'Show what runs on a node.',
    access: { rule: 'get_agent' },
    params: IdParams,
    status: 200,
    handle: async ({ ctx, params }) => ({ agent: await agents.get(ctx, params.id) }),
  }),
  route({
    method: 'PUT',
    url: '/v2.0/agents/:id',
    name: 'update-agent',
    summary: 'Describe what runs on a node, or note that it is not to be used.',
    access: { rule: 'update_agent' },
    params: IdParams,
    body: UpdateAgent,
    status: 200,
    async handle({ ctx, params, body }) {
      const { admin_state_up: up, description } = body.agent;
      const change = {
        ...(up === undefined ? {} : { admin_state_up: /^(true|1)$/i.test(String(up)) }),
        ...(description === undefined ? {} : { description }),
      };
      return { agent: await agents.update(ctx, params.id, change) };
    },
  }),
  route({
    method: 'DELETE',
    url: '/v2.0/agents/:id',
    name: 'delete-agent',
    summary: 'Forget what was said of an agent: it is its node’s, and stays as long as that.',
    access: { rule: 'delete_agent' },
    params: IdParams,
    status: 204,
    handle: ({ ctx, params }) => agents.delete(ctx, params.id),
  }),
];

const servingRoutes = ({ agents, reader }: AgentUseCases): Route[] => [
  route({
    method: 'GET',
    url: '/v2.0/agents/:id/dhcp-networks',
    name: 'list-networks-of-agent',
    summary: 'List the networks that a node serves.',
    access: { rule: 'get_scheduling' },
    params: IdParams,
    status: 200,
    handle: async ({ ctx, params }) => ({
      networks: await reader.views(ctx, networkKind, await agents.networksOn(ctx, params.id)),
    }),
  }),
  route({
    method: 'GET',
    url: '/v2.0/networks/:id/dhcp-agents',
    name: 'list-agents-of-network',
    summary: 'List the nodes that serve a network.',
    access: { rule: 'get_scheduling' },
    params: IdParams,
    status: 200,
    handle: async ({ ctx, params }) => ({ agents: await agents.servingNetwork(ctx, params.id) }),
  }),
  route({
    method: 'GET',
    url: '/v2.0/agents/:id/l3-routers',
    name: 'list-routers-of-agent',
    summary: 'List the routers that a node runs.',
    access: { rule: 'get_scheduling' },
    params: IdParams,
    status: 200,
    handle: async ({ ctx, params }) => ({
      routers: await reader.views(ctx, routerKind, await agents.routersOn(ctx, params.id)),
    }),
  }),
  route({
    method: 'GET',
    url: '/v2.0/routers/:id/l3-agents',
    name: 'list-agents-of-router',
    summary: 'Show the node that runs a router.',
    access: { rule: 'get_scheduling' },
    params: IdParams,
    status: 200,
    handle: async ({ ctx, params }) => ({ agents: await agents.servingRouter(ctx, params.id) }),
  }),
];

const routerRoutes = (agents: AgentService): Route[] => [
  route({
    method: 'POST',
    url: '/v2.0/agents/:id/l3-routers',
    name: 'add-router-to-agent',
    summary: 'Choose the node that runs a router.',
    access: { rule: 'change_scheduling' },
    params: IdParams,
    body: attributes({ router_id: Id }),
    status: 201,
    async handle({ ctx, params, body }) {
      await agents.addRouter(ctx, params.id, body.router_id);
      return {};
    },
  }),
  route({
    method: 'DELETE',
    url: '/v2.0/agents/:id/l3-routers/:router_id',
    name: 'remove-router-from-agent',
    summary: 'Take a router away from a node; another one takes it up.',
    access: { rule: 'change_scheduling' },
    params: Type.Object({ id: Type.String(), router_id: Type.String() }),
    status: 204,
    handle: ({ ctx, params }) => agents.removeRouter(ctx, params.id, params.router_id),
  }),
];
