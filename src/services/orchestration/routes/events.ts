import type { Static } from 'typebox';
import { badRequest } from '#kernel/errors.ts';
import { route, type Call, type Route } from '#kernel/http/route.ts';
import type { SortKey } from '#kernel/paging.ts';
import { ResourceParams, StackParams, wordsOf } from '../schema/common.ts';
import { EventParams, ListEvents } from '../schema/resource.ts';
import type { EventQuery, StackEventService } from '../service/events.ts';
import type { StackService } from '../service/stacks.ts';
import { eventItemView, eventView } from '../view/event.ts';
import { RESOURCE } from './resources.ts';
import { STACK, stackAt } from './stacks.ts';

type Query = Static<typeof ListEvents>;

export const eventRoutes = (stacks: StackService, events: StackEventService): Route[] => {
  const list = async ({ ctx, params, query, base }: ListCall) => {
    const stack = await stackAt(stacks, { ctx, params }, 'events:index');
    const asked = queryOf(query, params.resource_name);
    const { items } = await events.list(stack, asked);
    const root = asked.depth > 0 ? stack : undefined;
    return { events: items.map((placed) => eventItemView(placed, base, root)) };
  };
  return [
    route({
      method: 'GET',
      url: `${STACK}/events`,
      name: 'list-events',
      summary: 'List what happened to a stack.',
      access: { rule: 'events:index' },
      params: StackParams,
      query: ListEvents,
      status: 200,
      handle: list,
    }),
    route({
      method: 'GET',
      url: `${RESOURCE}/events`,
      name: 'list-resource-events',
      summary: 'List what happened to a resource.',
      access: { rule: 'events:index' },
      params: ResourceParams,
      query: ListEvents,
      status: 200,
      handle: list,
    }),
    route({
      method: 'GET',
      url: `${RESOURCE}/events/:event_id`,
      name: 'get-event',
      summary: 'Show something that happened.',
      access: { rule: 'events:show' },
      params: EventParams,
      status: 200,
      async handle({ ctx, params, base }) {
        const stack = await stackAt(stacks, { ctx, params }, 'events:show');
        const found = await events.get(stack, { resource: params.resource_name, id: params.event_id });
        return { event: eventView(found, base) };
      },
    }),
  ];
};

type ListCall = Call<Static<typeof StackParams> & { readonly resource_name?: string }, Query>;

const COLUMNS: Readonly<Record<string, string>> = {
  created_at: 'at',
  event_time: 'at',
  resource_name: 'resource_name',
};

/** The oldest first when nothing is said. */
function queryOf(query: Query, resource: string | undefined): EventQuery {
  return {
    limit: query.limit ?? null,
    marker: query.marker || null,
    sort: sortOf(query),
    depth: query.nested_depth ?? 0,
    oneOf: {
      resource_name: resource === undefined ? wordsOf(query.resource_name) : [resource],
      resource_type: wordsOf(query.resource_type),
      status: wordsOf(query.resource_status),
      action: wordsOf(query.resource_action),
    },
  };
}

function sortOf({ sort_keys, sort_dir: direction = 'asc' }: Query): SortKey[] {
  if (direction !== 'asc' && direction !== 'desc')
    throw badRequest(`Sort direction '${direction}' is neither asc nor desc.`);
  const named = wordsOf(sort_keys)?.flatMap((key) => COLUMNS[key] ?? []) ?? [];
  const columns = new Set([...named, 'at', 'place', 'id']);
  return [...columns].map((column) => ({ column, direction }));
}
