import { route, type Call, type Route } from '#kernel/http/route.ts';
import { isTrue } from '../schema/common.ts';
import {
  CreateQos,
  DeleteQosKeys,
  DeleteQosQuery,
  QosParams,
  QosTypeQuery,
  UpdateQos,
  type QosKeys,
} from '../schema/qos.ts';
import type { Qos } from '../model/qos.ts';
import type { QosService } from '../service/qos.ts';
import { linksTo } from '../view/common.ts';
import { qosView } from '../view/periphery.ts';

const RULE = 'volume_extension:qos_specs_manage';

export const qosRoutes = (qos: QosService): Route[] => [
  ...collectionRoutes(qos),
  ...memberRoutes(qos),
  ...associationRoutes(qos),
];

const viewOf = (call: Pick<Call, 'ctx' | 'base'>, qos: Qos) => ({
  qos_specs: qosView(qos),
  links: linksTo(call, `qos-specs/${qos.id}`),
});

const textsOf = (keys: QosKeys): Record<string, string> =>
  Object.fromEntries(Object.entries(keys).map(([key, value]) => [key, String(value)]));

const collectionRoutes = (qos: QosService): Route[] => [
  route({
    method: 'GET',
    url: '/v3/qos-specs',
    name: 'list-qos-specs',
    summary: 'List QoS specs.',
    access: { rule: `${RULE}:get_all` },
    status: 200,
    handle: async () => ({ qos_specs: (await qos.list()).map(qosView) }),
  }),
  route({
    method: 'POST',
    url: '/v3/qos-specs',
    name: 'create-qos-specs',
    summary: 'Create QoS specs: keys and values beside their name.',
    access: { rule: `${RULE}:create` },
    body: CreateQos,
    status: 200,
    async handle(call) {
      const { name, consumer = 'back-end', ...specs } = call.body.qos_specs;
      return viewOf(call, await qos.create({ name, consumer, specs: textsOf(specs) }));
    },
  }),
];

const memberRoutes = (qos: QosService): Route[] => [
  route({
    method: 'GET',
    url: '/v3/qos-specs/:qos',
    name: 'get-qos-specs',
    summary: 'Show QoS specs.',
    access: { rule: `${RULE}:get` },
    params: QosParams,
    status: 200,
    handle: async (call) => viewOf(call, await qos.get(call.params.qos)),
  }),
  route({
    method: 'PUT',
    url: '/v3/qos-specs/:qos',
    name: 'update-qos-specs',
    summary: 'Set keys of QoS specs.',
    access: { rule: `${RULE}:update` },
    params: QosParams,
    body: UpdateQos,
    status: 200,
    async handle({ params, body }) {
      await qos.setKeys(params.qos, textsOf(body.qos_specs));
      return body;
    },
  }),
  route({
    method: 'PUT',
    url: '/v3/qos-specs/:qos/delete_keys',
    name: 'delete-qos-keys',
    summary: 'Remove keys of QoS specs.',
    access: { rule: `${RULE}:delete` },
    params: QosParams,
    body: DeleteQosKeys,
    status: 202,
    handle: async ({ params, body }) => void (await qos.deleteKeys(params.qos, body.keys)),
  }),
  route({
    method: 'DELETE',
    url: '/v3/qos-specs/:qos',
    name: 'delete-qos-specs',
    summary: 'Delete QoS specs, with `force` also those that volume types have.',
    access: { rule: `${RULE}:delete` },
    params: QosParams,
    query: DeleteQosQuery,
    status: 202,
    handle: ({ params, query }) => qos.delete(params.qos, isTrue(query.force)),
  }),
];

/** GET changes here, as upstream has it. */
const associationRoutes = (qos: QosService): Route[] => [
  route({
    method: 'GET',
    url: '/v3/qos-specs/:qos/associations',
    name: 'list-qos-associations',
    summary: 'List the volume types that have these QoS specs.',
    access: { rule: `${RULE}:get` },
    params: QosParams,
    status: 200,
    async handle({ params }) {
      const types = await qos.associations(params.qos);
      return {
        qos_associations: types.map(({ id, name }) => ({ association_type: 'volume_types', id, name })),
      };
    },
  }),
  route({
    method: 'GET',
    url: '/v3/qos-specs/:qos/associate',
    name: 'associate-qos-specs',
    summary: 'Give a volume type these QoS specs.',
    access: { rule: `${RULE}:update` },
    params: QosParams,
    query: QosTypeQuery,
    status: 202,
    handle: ({ params, query }) => qos.associate(params.qos, query.vol_type_id),
  }),
  route({
    method: 'GET',
    url: '/v3/qos-specs/:qos/disassociate',
    name: 'disassociate-qos-specs',
    summary: 'Take these QoS specs from a volume type.',
    access: { rule: `${RULE}:update` },
    params: QosParams,
    query: QosTypeQuery,
    status: 202,
    handle: ({ params, query }) => qos.disassociate(params.qos, query.vol_type_id),
  }),
  route({
    method: 'GET',
    url: '/v3/qos-specs/:qos/disassociate_all',
    name: 'disassociate-qos-specs-from-all',
    summary: 'Take these QoS specs from all volume types.',
    access: { rule: `${RULE}:update` },
    params: QosParams,
    status: 202,
    handle: ({ params }) => qos.disassociate(params.qos, null),
  }),
];
