import { Type } from 'typebox';
import type { Ctx } from '#kernel/context.ts';
import { route, type Route } from '#kernel/http/route.ts';
import { qosPolicyKind, qosRuleKind } from '../kinds-extra.ts';
import { networkError } from '../model/errors.ts';
import { BANDWIDTH_LIMIT } from '../model/qos.ts';
import { CreateQosPolicy, CreateQosRule, UpdateQosPolicy, UpdateQosRule } from '../schema/qos.ts';
import type { QosService } from '../service/qos.ts';
import { nestedRoutes } from './nested.ts';
import { resourceRoutes, type Common } from './resource.ts';

const DRIVER = {
  name: 'linux',
  supported_parameters: [
    {
      parameter_name: 'max_kbps',
      parameter_type: 'range',
      parameter_values: { start: 0, end: 2_147_483_647 },
    },
    {
      parameter_name: 'max_burst_kbps',
      parameter_type: 'range',
      parameter_values: { start: 0, end: 2_147_483_647 },
    },
    { parameter_name: 'direction', parameter_type: 'choices', parameter_values: ['egress', 'ingress'] },
  ],
};

/** What is limited by rules is behind `drivers`, which administrators see. */
const ruleType = (ctx: Ctx) => ({ type: BANDWIDTH_LIMIT, ...(ctx.isAdmin ? { drivers: [DRIVER] } : {}) });

export const qosRoutes = (common: Common, qos: QosService): Route[] => [
  ...resourceRoutes({
    ...common,
    kind: qosPolicyKind,
    schemas: { create: CreateQosPolicy, update: UpdateQosPolicy },
    useCases: qos,
  }),
  ...nestedRoutes({
    reader: common.reader,
    parent: qosPolicyKind,
    by: 'policy_id',
    kind: qosRuleKind,
    word: 'policy_bandwidth_limit_rule',
    schemas: { create: CreateQosRule, update: UpdateQosRule },
    useCases: {
      create: (ctx, parent, bodies) => qos.createRules(ctx, parent, bodies),
      // oxlint-disable-next-line max-params
      update: (ctx, parent, id, body) => qos.updateRule(ctx, parent, id, body),
      delete: (ctx, parent, id) => qos.deleteRule(ctx, parent, id),
    },
  }),
  route({
    method: 'GET',
    url: '/v2.0/qos/rule-types',
    name: 'list-qos-rule-types',
    summary: 'List the types of rules that are enforced.',
    access: { rule: 'get_rule_type' },
    status: 200,
    handle: async () => ({ rule_types: [{ type: BANDWIDTH_LIMIT }] }),
  }),
  route({
    method: 'GET',
    url: '/v2.0/qos/rule-types/:type',
    name: 'get-qos-rule-type',
    summary: 'Show a type of rule, and what may be said in it.',
    access: { rule: 'get_rule_type' },
    params: Type.Object({ type: Type.String() }),
    status: 200,
    async handle({ ctx, params }) {
      if (params.type === BANDWIDTH_LIMIT) return { rule_type: ruleType(ctx) };
      throw networkError('not-found', 'QosRuleTypeNotFound', `Rule type ${params.type} could not be found.`);
    },
  }),
];
