import type { Static } from 'typebox';
import type { Ctx } from '#kernel/context.ts';
import { route, type Route } from '#kernel/http/route.ts';
import { isTrue, ResourceParams, StackParams, wordsOf } from '../schema/common.ts';
import { ListResources, MarkUnhealthy, ShowResource, SignalBody } from '../schema/resource.ts';
import type { PlacedResource, ResourceService } from '../service/resources.ts';
import type { SignalService } from '../service/signals.ts';
import type { SoftwareService } from '../service/software.ts';
import type { StackService } from '../service/stacks.ts';
import type { JsonMap } from '../template/json.ts';
import { resourceItemView, resourceView } from '../view/resource.ts';
import { STACK, stackAt } from './stacks.ts';

export const RESOURCE = `${STACK}/resources/:resource_name`;

export interface ResourceRoutesDeps {
  readonly stacks: StackService;
  readonly resources: ResourceService;
  readonly signals: SignalService;
  readonly software: SoftwareService;
}

export const resourceRoutes = ({ stacks, resources, signals, software }: ResourceRoutesDeps): Route[] => [
  route({
    method: 'GET',
    url: `${STACK}/resources`,
    name: 'list-resources',
    summary: "List a stack's resources.",
    access: { rule: 'resource:index' },
    params: StackParams,
    query: ListResources,
    status: 200,
    async handle({ ctx, params, query, base }) {
      const stack = await stackAt(stacks, { ctx, params }, 'resource:index');
      const all = await resources.list(stack, query.nested_depth ?? 0);
      const view = (placed: PlacedResource) =>
        isTrue(query.with_detail) ? resourceView(placed, undefined, base) : resourceItemView(placed, base);
      return { resources: all.filter(matching(query)).map(view) };
    },
  }),
  route({
    method: 'GET',
    url: RESOURCE,
    name: 'get-resource',
    summary: 'Show a resource with what it tells.',
    access: { rule: 'resource:show' },
    params: ResourceParams,
    query: ShowResource,
    status: 200,
    async handle({ ctx, params, query, base }) {
      const stack = await stackAt(stacks, { ctx, params }, 'resource:show');
      const found = await resources.get(stack, params.resource_name);
      const asked = { stack, resource: found.resource };
      const attributes = await resources.attributes(ctx, asked, wordsOf(query.with_attr) ?? []);
      return { resource: resourceView(found, attributes, base) };
    },
  }),
  route({
    method: 'GET',
    url: `${RESOURCE}/metadata`,
    name: 'get-resource-metadata',
    summary: "Show a resource's metadata.",
    access: { rule: 'resource:metadata' },
    params: ResourceParams,
    status: 200,
    async handle({ ctx, params }) {
      const stack = await stackAt(stacks, { ctx, params }, 'resource:metadata');
      const { resource } = await resources.get(stack, params.resource_name);
      const metadata = await resources.metadata(stack, params.resource_name);
      return { metadata: { ...metadata, ...(await deploymentsOf(software, ctx, resource.physicalId)) } };
    },
  }),
  ...tellRoutes(stacks, signals),
];

/** What is sent to the server that a resource is: its agent reads it there. */
async function deploymentsOf(software: SoftwareService, ctx: Ctx, server: string | null): Promise<JsonMap> {
  const deployments = server === null ? [] : await software.instructions(ctx, server);
  return deployments.length > 0 ? { deployments } : {};
}

const tellRoutes = (stacks: StackService, signals: SignalService): Route[] => [
  route({
    method: 'POST',
    url: `${RESOURCE}/signal`,
    name: 'signal-resource',
    summary: 'Tell a resource something.',
    access: { rule: 'resource:signal' },
    params: ResourceParams,
    body: SignalBody,
    status: 200,
    async handle({ ctx, params, body }) {
      const stack = await stacks.heard(ctx, { id: params.stack_id, name: params.stack_name });
      await signals.tell(ctx, { stack, resource: params.resource_name, details: (body ?? {}) as JsonMap });
      return null;
    },
  }),
  route({
    method: 'PATCH',
    url: RESOURCE,
    name: 'mark-resource-unhealthy',
    summary: 'Say that a resource is to be replaced, or not.',
    access: { rule: 'resource:mark_unhealthy' },
    params: ResourceParams,
    body: MarkUnhealthy,
    status: 200,
    async handle({ ctx, params, body }) {
      const stack = await stackAt(stacks, { ctx, params }, 'resource:mark_unhealthy');
      const reason = body.resource_status_reason ?? '';
      await signals.mark(stack, params.resource_name, { unhealthy: isTrue(body.mark_unhealthy), reason });
      return null;
    },
  }),
];

type Query = Static<typeof ListResources>;

function matching(query: Query): (placed: PlacedResource) => boolean {
  const wanted = [
    [wordsOf(query.type), ({ resource }) => resource.type],
    [wordsOf(query.status), ({ resource }) => resource.status],
    [wordsOf(query.action), ({ resource }) => resource.action],
    [wordsOf(query.name), ({ resource }) => resource.name],
    [wordsOf(query.id), ({ resource }) => resource.id],
    [wordsOf(query.physical_resource_id), ({ resource }) => resource.physicalId ?? ''],
  ] satisfies [readonly string[] | undefined, (placed: PlacedResource) => string][];
  return (placed) => wanted.every(([words, said]) => words === undefined || words.includes(said(placed)));
}
