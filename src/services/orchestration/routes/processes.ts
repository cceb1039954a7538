import { isoTime } from '#kernel/clock.ts';
import { nameUuid } from '#kernel/ids.ts';
import { route, type Route } from '#kernel/http/route.ts';
import { ProjectParams } from '../schema/common.ts';
import type { OrchestrationDeps } from '../service/deps.ts';
import { wireTime } from '../view/stack.ts';

/** For ids of processes, which are those of their names. */
const PROCESSES = '0d3d1b5c-5f1c-4c8e-9d0e-0a6d6f1f7c11';

/** Who answers. */
export function processRoutes({ clock, worker }: Pick<OrchestrationDeps, 'clock' | 'worker'>): Route[] {
  const since = wireTime(isoTime(clock.now()));
  return [
    route({
      method: 'GET',
      url: '/v1/:tenant_id/build_info',
      name: 'get-build-info',
      summary: 'Show which program answers.',
      access: { rule: 'build_info:build_info' },
      params: ProjectParams,
      status: 200,
      handle: async () => ({ api: { revision: 'hydria' }, engine: { revision: 'hydria' } }),
    }),
    route({
      method: 'GET',
      url: '/v1/:tenant_id/services',
      name: 'list-services',
      summary: 'List the processes that carry out stacks.',
      access: { rule: 'service:index' },
      params: ProjectParams,
      status: 200,
      handle: async () => ({
        services: [
          {
            id: nameUuid(PROCESSES, worker),
            engine_id: nameUuid(PROCESSES, worker),
            hostname: worker,
            host: worker,
            binary: 'heat-engine',
            topic: 'engine',
            status: 'up',
            report_interval: 60,
            created_at: since,
            updated_at: wireTime(isoTime(clock.now())),
            deleted_at: null,
          },
        ],
      }),
    }),
  ];
}
