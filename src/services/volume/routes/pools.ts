import { notFound } from '#kernel/errors.ts';
import { route, type Call, type Route } from '#kernel/http/route.ts';
import { isAtLeast } from '#kernel/microversion.ts';
import { backendName, poolName, satisfies, type Pool } from '../model/pool.ts';
import { DEFAULT_ZONE } from '../model/volume.ts';
import { isTrue } from '../schema/common.ts';
import { HostParams, PoolQuery } from '../schema/periphery.ts';
import type { PoolService } from '../service/pools.ts';
import { capabilitiesView, poolView } from '../view/pool.ts';

export const poolRoutes = (pools: PoolService): Route[] => [
  route({
    method: 'GET',
    url: '/v3/scheduler-stats/get_pools',
    name: 'list-pools',
    summary: 'List the pools that volumes may be in, with `detail` also what they can and have.',
    access: { rule: 'scheduler_extension:scheduler_stats:get_pools' },
    query: PoolQuery,
    status: 200,
    async handle({ ctx, query }) {
      const specs = await pools.specsOf(ctx, query.volume_type);
      const shown = (await pools.list(ctx)).filter(
        (pool) => isAsked({ ctx, query }, pool) && satisfies(pool, specs),
      );
      if (!isTrue(query.detail)) return { pools: shown.map((pool) => ({ name: poolName(pool) })) };
      const given = await pools.promised();
      return { pools: shown.map((pool) => poolView(pool, given)) };
    },
  }),
  route({
    method: 'GET',
    url: '/v3/capabilities/:host',
    name: 'get-capabilities',
    summary: 'Show what a backend can.',
    access: { rule: 'volume_extension:capabilities' },
    params: HostParams,
    status: 200,
    async handle({ ctx, params: { host } }) {
      const found = (await pools.list(ctx)).find((pool) =>
        [backendName(pool), poolName(pool)].includes(host),
      );
      if (!found) throw notFound(`Service cinder-volume could not be found on host ${host}.`);
      return capabilitiesView(found);
    },
  }),
  route({
    method: 'GET',
    url: '/v3/os-availability-zone',
    name: 'list-availability-zones',
    summary: 'List availability zones.',
    access: { rule: 'volume:availability_zone_list' },
    status: 200,
    handle: async () => ({
      availabilityZoneInfo: [{ zoneName: DEFAULT_ZONE, zoneState: { available: true } }],
    }),
  }),
];

const isAsked = (
  { ctx, query }: Pick<Call<unknown, { name?: string }>, 'ctx' | 'query'>,
  pool: Pool,
): boolean =>
  query.name === undefined || !isAtLeast(ctx.microversion, '3.28') || query.name === poolName(pool);
