import { Type } from 'typebox';
import { route, type Route } from '#kernel/http/route.ts';
import { CreateBinding, UpdateBinding } from '../schema/binding.ts';
import type { BindingService } from '../service/bindings.ts';
import type { Binding } from '../store/bindings.ts';
import { IdParams } from './target.ts';

const URL = '/v2.0/ports/:id/bindings';
const HostParams = Type.Object({ id: Type.String(), host: Type.String() });

const view = (binding: Binding) => ({
  host: binding.host,
  vif_type: 'bridge',
  vif_details: { port_filter: true },
  vnic_type: binding.vnicType,
  profile: binding.profile,
  status: binding.active ? 'ACTIVE' : 'INACTIVE',
});

/** The hosts a port is prepared for. */
export const bindingRoutes = (bindings: BindingService): Route[] => [
  route({
    method: 'GET',
    url: URL,
    name: 'list-port-bindings',
    summary: 'List the hosts a port is prepared for.',
    access: { rule: 'get_port_binding' },
    params: IdParams,
    status: 200,
    handle: async ({ ctx, params }) => ({ bindings: (await bindings.list(ctx, params.id)).map(view) }),
  }),
  ...changeRoutes(bindings),
];

const changeRoutes = (bindings: BindingService): Route[] => [
  route({
    method: 'POST',
    url: URL,
    name: 'create-port-binding',
    summary: 'Prepare a port for a host.',
    access: { rule: 'change_port_binding' },
    params: IdParams,
    body: CreateBinding,
    status: 201,
    handle: async ({ ctx, params, body }) => ({
      binding: view(await bindings.create(ctx, params.id, body.binding)),
    }),
  }),
  route({
    method: 'PUT',
    url: `${URL}/:host`,
    name: 'update-port-binding',
    summary: 'Change what a host is told of a port.',
    access: { rule: 'change_port_binding' },
    params: HostParams,
    body: UpdateBinding,
    status: 200,
    handle: async ({ ctx, params, body }) => ({
      binding: view(await bindings.update(ctx, params.id, params.host, body.binding)),
    }),
  }),
  route({
    method: 'PUT',
    url: `${URL}/:host/activate`,
    name: 'activate-port-binding',
    summary: 'Move a port to a host that it is prepared for.',
    access: { rule: 'change_port_binding' },
    params: HostParams,
    status: 200,
    handle: async ({ ctx, params }) => ({
      binding: view(await bindings.activate(ctx, params.id, params.host)),
    }),
  }),
  route({
    method: 'DELETE',
    url: `${URL}/:host`,
    name: 'delete-port-binding',
    summary: 'Take a port off a host.',
    access: { rule: 'change_port_binding' },
    params: HostParams,
    status: 204,
    handle: ({ ctx, params }) => bindings.delete(ctx, params.id, params.host),
  }),
];
