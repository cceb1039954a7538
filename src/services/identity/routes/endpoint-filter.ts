import { Type } from 'typebox';
import { route, type Call, type Method, type Route } from '#kernel/http/route.ts';
import type { EndpointGroup } from '../model/endpoint-group.ts';
import { CreateEndpointGroup, ListEndpointGroups, UpdateEndpointGroup } from '../schema/catalog.ts';
import { defined } from '../schema/common.ts';
import type { EndpointFilterService } from '../service/endpoint-filter.ts';
import { endpointView } from '../view/catalog.ts';
import { projectView } from '../view/project.ts';
import { listLinks, resourceRoutes } from './resource.ts';

const root = '/v3/OS-EP-FILTER';
const Params = Type.Object({ id: Type.String() });
const EndpointLink = Type.Object({ id: Type.String(), endpoint_id: Type.String() });
const GroupLink = Type.Object({ id: Type.String(), project_id: Type.String() });

const groupView = (group: EndpointGroup, base: string) => ({
  ...group,
  links: { self: `${base}${root}/endpoint_groups/${group.id}` },
});

export const endpointFilterRoutes = (filter: EndpointFilterService): Route[] => [
  ...resourceRoutes({
    singular: 'endpoint_group',
    plural: 'endpoint_groups',
    path: `${root}/endpoint_groups`,
    schema: { list: ListEndpointGroups, create: CreateEndpointGroup, update: UpdateEndpointGroup },
    list: (ctx, query) => filter.listGroups(ctx, defined({ name: query.name })),
    get: (ctx, id) => filter.getGroup(ctx, id),
    create: (ctx, body) => filter.createGroup(ctx, { ...body, filters: defined(body.filters) }),
    update: (ctx, id, { filters, ...body }) =>
      filter.updateGroup(ctx, id, { ...body, ...(filters ? { filters: defined(filters) } : {}) }),
    delete: (ctx, id) => filter.deleteGroup(ctx, id),
    view: groupView,
  }),
  route({
    method: 'HEAD',
    url: `${root}/endpoint_groups/:id`,
    name: 'check-endpoint-group',
    summary: 'Whether an endpoint group is there.',
    access: { rule: 'identity:get_endpoint_group' },
    params: Params,
    status: 200,
    handle: async ({ ctx, params }) => void (await filter.getGroup(ctx, params.id)),
  }),
  ...listRoutes(filter),
  ...endpointLinkRoutes(filter),
  ...groupLinkRoutes(filter),
];

function listRoutes(filter: EndpointFilterService): Route[] {
  const list = <T>(
    path: string,
    [name, key]: readonly [string, string],
    find: (ctx: Call['ctx'], id: string) => Promise<readonly T[]>,
    view: (item: T, base: string) => unknown,
  ) =>
    route({
      method: 'GET',
      url: `${root}/${path}`,
      name,
      summary: `List ${key.replaceAll('_', ' ')} that are linked.`,
      access: { rule: 'identity:list_endpoint_links' },
      params: Params,
      status: 200,
      async handle({ ctx, params, base }) {
        const found = await find(ctx, params.id);
        const self = `${base}${root}/${path.replace(':id', params.id)}`;
        return { [key]: found.map((item) => view(item, base)), ...listLinks(self) };
      },
    });
  return [
    list(
      'endpoints/:id/projects',
      ['list-endpoint-projects', 'projects'],
      filter.projectsOfEndpoint.bind(filter),
      projectView,
    ),
    list(
      'projects/:id/endpoints',
      ['list-project-endpoints', 'endpoints'],
      filter.endpointsOfProject.bind(filter),
      endpointView,
    ),
    list(
      'projects/:id/endpoint_groups',
      ['list-project-endpoint-groups', 'endpoint_groups'],
      filter.groupsOfProject.bind(filter),
      groupView,
    ),
    list(
      'endpoint_groups/:id/projects',
      ['list-endpoint-group-projects', 'projects'],
      filter.projectsOfGroup.bind(filter),
      projectView,
    ),
    list(
      'endpoint_groups/:id/endpoints',
      ['list-endpoint-group-endpoints', 'endpoints'],
      filter.endpointsOfGroup.bind(filter),
      endpointView,
    ),
  ];
}

const VERBS = [
  ['PUT', 'link', 204],
  ['GET', 'check', 204],
  ['HEAD', 'check', 204],
  ['DELETE', 'unlink', 204],
] as const;

const endpointLinkRoutes = (filter: EndpointFilterService): Route[] =>
  VERBS.map(([method, verb, status]) =>
    route({
      ...linkRoute(method, verb, 'endpoint'),
      url: `${root}/projects/:id/endpoints/:endpoint_id`,
      params: EndpointLink,
      status,
      handle: ({ ctx, params }) =>
        filter[`${verb}Endpoint`](ctx, { projectId: params.id, endpointId: params.endpoint_id }),
    }),
  );

const groupLinkRoutes = (filter: EndpointFilterService): Route[] =>
  VERBS.map(([method, verb, status]) =>
    route({
      ...linkRoute(method, verb, 'endpoint-group'),
      url: `${root}/endpoint_groups/:id/projects/:project_id`,
      params: GroupLink,
      status: verb === 'check' ? 200 : status,
      async handle({ ctx, params }) {
        await filter[`${verb}Group`](ctx, { projectId: params.project_id, endpointGroupId: params.id });
        if (method !== 'GET') return undefined;
        return { project_endpoint_group: { project_id: params.project_id, endpoint_group_id: params.id } };
      },
    }),
  );

const linkRoute = (method: Method, verb: 'link' | 'check' | 'unlink', noun: string) => ({
  method,
  name: `${method.toLowerCase()}-project-${noun}`,
  summary: `Whether an ${noun.replaceAll('-', ' ')} is linked to a project, and to change that.`,
  access: {
    rule: `identity:${{ link: 'create', check: 'check', unlink: 'delete' }[verb]}_endpoint_link`,
  },
});
