import { route, type Route } from '#kernel/http/route.ts';
import { trunkKind } from '../kinds-extra.ts';
import { AddSubPorts, CreateTrunk, RemoveSubPorts, UpdateTrunk } from '../schema/trunk.ts';
import type { TrunkService } from '../service/trunks.ts';
import { resourceRoutes, type Common } from './resource.ts';
import { IdParams, targetOf } from './target.ts';

/** Trunks and their sub-ports. Changes of sub-ports answer without a wrapper. */
export const trunkRoutes = (common: Common, trunks: TrunkService): Route[] => [
  ...resourceRoutes({
    ...common,
    kind: trunkKind,
    schemas: { create: CreateTrunk, update: UpdateTrunk },
    useCases: trunks,
  }),
  route({
    method: 'GET',
    url: '/v2.0/trunks/:id/get_subports',
    name: 'list-subports',
    summary: 'List the ports of a trunk.',
    access: { rule: 'get_trunk' },
    params: IdParams,
    status: 200,
    handle: async ({ ctx, params }) => ({
      sub_ports: (await common.reader.show(ctx, trunkKind, params.id))['sub_ports'],
    }),
  }),
  route({
    method: 'PUT',
    url: '/v2.0/trunks/:id/add_subports',
    name: 'add-subports',
    summary: 'Add ports to a trunk.',
    access: { rule: 'add_subports' },
    params: IdParams,
    body: AddSubPorts,
    status: 200,
    async handle(call) {
      const trunk = await trunks.addSubPorts(call.ctx, targetOf(call), call.body.sub_ports);
      return common.reader.view(call.ctx, trunkKind, trunk);
    },
  }),
  route({
    method: 'PUT',
    url: '/v2.0/trunks/:id/remove_subports',
    name: 'remove-subports',
    summary: 'Take ports out of a trunk.',
    access: { rule: 'remove_subports' },
    params: IdParams,
    body: RemoveSubPorts,
    status: 200,
    async handle(call) {
      const ids = call.body.sub_ports.map(({ port_id }) => port_id);
      const trunk = await trunks.removeSubPorts(call.ctx, targetOf(call), ids);
      return common.reader.view(call.ctx, trunkKind, trunk);
    },
  }),
];
