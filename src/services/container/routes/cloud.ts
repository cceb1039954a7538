import { route, type Route } from '#kernel/http/route.ts';
import { HostParams, ListHosts, ListZones } from '../schema/cloud.ts';
import type { ComputeServices } from '../service/compute-services.ts';
import type { HostService } from '../service/hosts.ts';
import { hostView } from '../view/host.ts';
import { zonesOf } from '../model/compute.ts';

/** The cloud around the containers: nodes and zones. */
export const cloudRoutes = (hosts: HostService, nodes: ComputeServices): Route[] => [
  route({
    method: 'GET',
    url: '/v1/hosts',
    name: 'list-hosts',
    summary: 'List nodes.',
    access: { rule: 'host:get_all' },
    since: '1.4',
    query: ListHosts,
    status: 200,
    async handle({ ctx, query, base }) {
      const page = await hosts.list(ctx, query);
      const frame = { base, version: ctx.microversion };
      const { limit } = query;
      return {
        hosts: page.hosts.map(({ node, containers }) => hostView(node, containers, frame)),
        next: page.next === null ? null : `${base}/v1/hosts?limit=${limit}&marker=${page.next}`,
      };
    },
  }),
  route({
    method: 'GET',
    url: '/v1/hosts/:host',
    name: 'get-host',
    summary: 'Show a node.',
    access: { rule: 'host:get' },
    since: '1.4',
    params: HostParams,
    status: 200,
    async handle({ ctx, params, base }) {
      const { node, containers } = await hosts.get(ctx, params.host);
      return hostView(node, containers, { base, version: ctx.microversion });
    },
  }),
  route({
    method: 'GET',
    url: '/v1/availability_zones',
    name: 'list-availability-zones',
    summary: 'List availability zones.',
    access: { rule: 'availability_zones:get_all' },
    query: ListZones,
    status: 200,
    async handle({ ctx }) {
      const zones = zonesOf(await nodes.list(ctx));
      return { availability_zones: zones.map((zone) => ({ availability_zone: zone })), next: null };
    },
  }),
];
