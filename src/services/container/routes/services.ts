import { Type, type Static, type TSchema } from 'typebox';
import { route, type Call, type Route } from '#kernel/http/route.ts';
import { flagOf } from '../schema/common.ts';
import { DisableService, ForceDownService, ListServices, NameService } from '../schema/service.ts';
import type { ComputeServices, ServiceName } from '../service/compute-services.ts';
import { computeServiceView } from '../view/host.ts';
import { mergedParameters } from './parameters.ts';

/** The nodes' services, for operators. */
export const serviceRoutes = (services: ComputeServices): Route[] => [
  route({
    method: 'GET',
    url: '/v1/services',
    name: 'list-services',
    summary: "List the nodes' services.",
    access: { rule: 'zun-service:get_all' },
    query: ListServices,
    status: 200,
    async handle({ ctx }) {
      return {
        services: (await services.list(ctx)).map((node, index) => computeServiceView(node, index + 1)),
      };
    },
  }),
  route({
    method: 'DELETE',
    url: '/v1/services',
    name: 'delete-service',
    summary: "Forget a node's service that is down.",
    access: { rule: 'zun-service:delete' },
    query: NameService,
    status: 200,
    async handle({ ctx, query }) {
      await services.delete(ctx, query);
      return null;
    },
  }),
  ...switchRoutes(services),
];

const switchRoutes = (services: ComputeServices): Route[] => [
  switchRoute('enable', 'Let new containers come to a node again.', {
    parameters: NameService,
    async handle({ ctx }, name) {
      const said = await services.change(ctx, name, { disabled: false, disabledReason: null });
      return { ...named(name), disabled: said.disabled, disabled_reason: said.disabledReason };
    },
  }),
  switchRoute('disable', 'Let no new containers come to a node.', {
    parameters: DisableService,
    async handle({ ctx }, { disabled_reason = null, ...name }) {
      const said = await services.change(ctx, name, { disabled: true, disabledReason: disabled_reason });
      return { ...named(name), disabled: said.disabled, disabled_reason: said.disabledReason };
    },
  }),
  switchRoute('force_down', 'Say that a node is down, or take that back.', {
    parameters: ForceDownService,
    async handle({ ctx }, { forced_down = true, ...name }) {
      const { forcedDown } = await services.change(ctx, name, { forcedDown: flagOf(forced_down) });
      return { ...named(name), forced_down: forcedDown };
    },
  }),
];

interface Switch<P extends TSchema> {
  readonly parameters: P;
  /** @returns the service as it is now. */
  readonly handle: (call: Pick<Call, 'ctx'>, parameters: Static<P>) => Promise<object>;
}

function switchRoute<P extends TSchema>(
  verb: string,
  summary: string,
  { parameters, handle }: Switch<P>,
): Route {
  const read = mergedParameters(parameters);
  return route({
    method: 'PUT',
    url: `/v1/services/${verb}`,
    name: `${verb.replaceAll('_', '-')}-service`,
    summary,
    access: { rule: `zun-service:${verb}` },
    body: Type.Unknown(),
    parameters,
    status: 200,
    handle: async (call) => ({ service: await handle(call, read(call)) }),
  });
}

const named = ({ host, binary }: ServiceName) => ({ host, binary });
