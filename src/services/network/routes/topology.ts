import { Type } from 'typebox';
import { route, type Route } from '#kernel/http/route.ts';
import type { AvailabilityService, NetworkAvailability } from '../service/availability.ts';
import type { AutoTopologyService } from '../service/auto-topology.ts';
import { ListParams } from './resource.ts';
import { IdParams } from './target.ts';
import { projectOf } from '#kernel/context.ts';

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

const availabilityView = ({ network, subnets }: NetworkAvailability) => ({
  network_id: network.id,
  network_name: network.name,
  project_id: network.projectId,
  tenant_id: network.projectId,
  total_ips: sum(subnets.map(({ total }) => total)),
  used_ips: sum(subnets.map(({ used }) => used)),
  subnet_ip_availability: subnets.map(({ subnet, total, used }) => ({
    subnet_id: subnet.id,
    subnet_name: subnet.name,
    cidr: subnet.cidr,
    ip_version: subnet.ipVersion,
    total_ips: total,
    used_ips: used,
  })),
});

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** How many addresses are left. */
export const availabilityRoutes = (availability: AvailabilityService): Route[] => [
  route({
    method: 'GET',
    url: '/v2.0/network-ip-availabilities',
    name: 'list-network-ip-availabilities',
    summary: 'Show for each network how many addresses it has and how many are taken.',
    access: { rule: 'get_network_ip_availability' },
    query: ListParams,
    status: 200,
    async handle({ query }) {
      const version = textOf(query['ip_version']);
      const found = await availability.list({
        networkId: textOf(query['network_id']),
        name: textOf(query['network_name']),
        projectId: textOf(query['project_id'] ?? query['tenant_id']),
        ipVersion: version === undefined ? undefined : version === '6' ? 6 : 4,
      });
      return { network_ip_availabilities: found.map(availabilityView) };
    },
  }),
  route({
    method: 'GET',
    url: '/v2.0/network-ip-availabilities/:id',
    name: 'get-network-ip-availability',
    summary: 'Show how many addresses a network has and how many are taken.',
    access: { rule: 'get_network_ip_availability' },
    params: IdParams,
    status: 200,
    handle: async ({ params }) => ({
      network_ip_availability: availabilityView(await availability.get(params.id)),
    }),
  }),
];

const ProjectParams = Type.Object({ project_id: Type.String() });

/** A network that leads out, for the asking. */
export const autoTopologyRoutes = (topology: AutoTopologyService): Route[] => [
  route({
    method: 'GET',
    url: '/v2.0/auto-allocated-topology/:project_id',
    name: 'get-auto-allocated-topology',
    summary: 'Make sure of a network that leads out; `fields=dry-run` only says whether it could be made.',
    access: { rule: 'get_auto_allocated_topology' },
    params: ProjectParams,
    query: ListParams,
    status: 200,
    async handle({ ctx, params, query }) {
      const id = params.project_id === 'None' ? projectOf(ctx) : params.project_id;
      const dry = query['fields'] === 'dry-run';
      if (dry) await topology.check();
      const network = dry ? 'dry-run=pass' : await topology.ensure(ctx, id);
      return { auto_allocated_topology: { id: network, tenant_id: id, project_id: id } };
    },
  }),
  route({
    method: 'DELETE',
    url: '/v2.0/auto-allocated-topology/:project_id',
    name: 'delete-auto-allocated-topology',
    summary: 'Delete the network that leads out, with its router.',
    access: { rule: 'delete_auto_allocated_topology' },
    params: ProjectParams,
    status: 204,
    handle: ({ ctx, params }) =>
      topology.delete(ctx, params.project_id === 'None' ? projectOf(ctx) : params.project_id),
  }),
];
