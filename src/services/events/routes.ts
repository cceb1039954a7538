import { Readable } from 'node:stream';
import { badRequest } from '#kernel/errors.ts';
import { Reply, route, type Route } from '#kernel/http/route.ts';
import { EVENT_NUMBER, FollowEvents } from './schema.ts';
import type { EventsService } from './service.ts';

const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  connection: 'close', // when it ends, the cloud or the right to read may have ended too
  'x-accel-buffering': 'no', // proxies in front shall pass it on as it comes
};

export const eventRoutes = (events: EventsService): Route[] => [
  route({
    method: 'GET',
    url: '/',
    name: 'follow-events',
    summary: 'Follow what happens, as a stream of server-sent events.',
    access: { rule: 'events:follow' },
    query: FollowEvents,
    status: 200,
    async handle({ ctx, query, headers }) {
      const known = lastEventId(headers['last-event-id']) ?? query.after;
      const stream = await events.follow(ctx, {
        after: known === undefined ? undefined : Number(known),
        allProjects: query.all_projects ?? false,
        wanted: { resource: query.resource, type: query.type },
      });
      return new Reply(Readable.from(stream), { headers: HEADERS });
    },
  }),
];

/** What a reader sends that connects again. @throws CloudError `bad-request` when it is no number of an event. */
function lastEventId(header: string | string[] | undefined): string | undefined {
  if (header === undefined || header === '') return undefined;
  if (typeof header === 'string' && new RegExp(EVENT_NUMBER).test(header)) return header;
  throw badRequest('The header Last-Event-ID must be the number of an event.');
}
