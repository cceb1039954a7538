import { Type } from 'typebox';
import { isoTime } from '#kernel/clock.ts';
import { badRequest } from '#kernel/errors.ts';
import { route, type Route } from '#kernel/http/route.ts';
import type { Revocations } from '../service/revocations.ts';
import { revocationView } from '../view/revocation.ts';
import { listLinks } from './resource.ts';

/** OS-REVOKE: for services that check tokens by themselves. */
export const revocationRoutes = (revocations: Revocations): Route[] => [
  route({
    method: 'GET',
    url: '/v3/OS-REVOKE/events',
    name: 'list-revoke-events',
    summary: 'List which tokens no longer count.',
    access: { rule: 'identity:list_revoke_events' },
    query: Type.Object({ since: Type.Optional(Type.String({ maxLength: 64 })) }),
    status: 200,
    handle: async ({ query, base }) => ({
      events: (await revocations.list(query.since === undefined ? undefined : timeOf(query.since))).map(
        revocationView,
      ),
      ...listLinks(`${base}/v3/OS-REVOKE/events`),
    }),
  }),
];

function timeOf(text: string): string {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) throw badRequest(`'${text}' is not a time.`);
  return isoTime(time);
}
