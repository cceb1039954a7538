import { Type } from 'typebox';
import { Reply, route, type Call, type Route } from '#kernel/http/route.ts';
import type { Policy } from '#kernel/policy/policy.ts';
import { ContainerParams, flagOf } from '../schema/common.ts';
import {
  AllProjects,
  CreateContainer,
  CreateQuery,
  DeleteContainer,
  ListContainers,
  RenameContainer,
  UpdateContainer,
} from '../schema/container.ts';
import type { ContainerService } from '../service/containers.ts';
import type { ContainerCreation } from '../service/creation.ts';
import { containerListView } from '../view/container-list.ts';
import { containerView } from '../view/container.ts';
import { mergedParameters } from './parameters.ts';
import { viewerOf } from './viewer.ts';

export interface ContainerRouteDeps {
  readonly containers: ContainerService;
  readonly creation: ContainerCreation;
  readonly policy: Policy;
}

export const containerRoutes = (deps: ContainerRouteDeps): Route[] => [
  ...collectionRoutes(deps),
  ...memberRoutes(deps),
];

const collectionRoutes = ({ containers, creation, policy }: ContainerRouteDeps): Route[] => [
  route({
    method: 'POST',
    url: '/v1/containers',
    name: 'create-container',
    summary: 'Create a container, and run it.',
    access: { rule: 'container:create' },
    query: CreateQuery,
    body: CreateContainer,
    status: 202,
    async handle(call) {
      const container = await creation.create(call.ctx, call.body, flagOf(call.query.run));
      const location = `${call.base}/v1/containers/${container.id}`;
      return new Reply(containerView(container, viewerOf(call, policy)), { headers: { location } });
    },
  }),
  route({
    method: 'GET',
    url: '/v1/containers',
    name: 'list-containers',
    summary: 'List containers.',
    access: { rule: 'container:get_all' },
    query: ListContainers,
    status: 200,
    async handle(call) {
      const page = await containers.list(call.ctx, call.query);
      return containerListView(page, viewerOf(call, policy), (marker) => nextUrl(call, marker));
    },
  }),
];

const memberRoutes = ({ containers, policy }: ContainerRouteDeps): Route[] => [
  route({
    method: 'GET',
    url: '/v1/containers/:container',
    name: 'get-container',
    summary: 'Show a container.',
    access: { rule: 'container:get_one' },
    params: ContainerParams,
    query: AllProjects,
    status: 200,
    async handle(call) {
      const { ctx, params, query } = call;
      return containerView(
        await containers.get(ctx, params.container, flagOf(query.all_projects)),
        viewerOf(call, policy),
      );
    },
  }),
  route({
    method: 'PATCH',
    url: '/v1/containers/:container',
    name: 'update-container',
    summary: 'Change a container.',
    access: { rule: 'container:update' },
    params: ContainerParams,
    body: UpdateContainer,
    status: 200,
    async handle(call) {
      return containerView(
        await containers.update(call.ctx, call.params.container, call.body),
        viewerOf(call, policy),
      );
    },
  }),
  route({
    method: 'POST',
    url: '/v1/containers/:container/resize_container',
    name: 'resize-container',
    summary: 'Give a container other limits.',
    access: { rule: 'container:resize_container' },
    since: '1.19',
    params: ContainerParams,
    body: UpdateContainer,
    status: 202,
    async handle(call) {
      const { ctx, params, body } = call;
      const after = await containers.update(ctx, params.container, body, 'resize_container');
      return containerView(after, viewerOf(call, policy));
    },
  }),
  renameRoute({ containers, policy }),
  route({
    method: 'DELETE',
    url: '/v1/containers/:container',
    name: 'delete-container',
    summary: 'Delete a container.',
    access: { rule: 'container:delete' },
    params: ContainerParams,
    query: DeleteContainer,
    status: 204,
    async handle({ ctx, params, query }) {
      await containers.delete(ctx, params.container, {
        force: flagOf(query.force),
        stop: flagOf(query.stop),
        allProjects: flagOf(query.all_projects),
      });
    },
  }),
];

/** Since then the name is changed as other fields are. */
function renameRoute({ containers, policy }: Pick<ContainerRouteDeps, 'containers' | 'policy'>): Route {
  const read = mergedParameters(RenameContainer);
  return route({
    method: 'POST',
    url: '/v1/containers/:container/rename',
    name: 'rename-container',
    summary: 'Give a container another name.',
    access: { rule: 'container:update' },
    until: '1.13',
    params: ContainerParams,
    body: Type.Unknown(),
    parameters: RenameContainer,
    status: 200,
    async handle(call) {
      const after = await containers.update(call.ctx, call.params.container, read(call));
      return containerView(after, viewerOf(call, policy));
    },
  });
}

function nextUrl({ base, query }: Pick<Call<unknown, object>, 'base' | 'query'>, marker: string): string {
  const search = new URLSearchParams({ ...query, marker });
  return `${base}/v1/containers?${search.toString()}`;
}
