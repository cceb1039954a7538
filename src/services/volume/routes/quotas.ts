import { projectOf } from '#kernel/context.ts';
import { route, type Route } from '#kernel/http/route.ts';
import { isAtLeast } from '#kernel/microversion.ts';
import type { Policy } from '#kernel/policy/policy.ts';
import type { Amounts } from '../model/quota.ts';
import { isTrue } from '../schema/common.ts';
import {
  ClassParams,
  LimitsQuery,
  ProjectParams,
  QuotaQuery,
  UpdateQuotaClass,
  UpdateQuotaSet,
  type LimitsBody,
} from '../schema/periphery.ts';
import type { QuotaSets } from '../service/quota-sets.ts';
import { absoluteView, usageView } from '../view/periphery.ts';

export const quotaRoutes = (sets: QuotaSets, policy: Policy): Route[] => [
  ...projectRoutes(sets, policy),
  ...classRoutes(sets),
  limitsRoute(sets, policy),
];

const SHOW = 'volume_extension:quotas:show';

const projectRoutes = (sets: QuotaSets, policy: Policy): Route[] => [
  route({
    method: 'GET',
    url: '/v3/os-quota-sets/:target',
    name: 'get-quota-set',
    summary: 'Show what a project may have, with `usage` also what it has.',
    access: { rule: SHOW },
    params: ProjectParams,
    query: QuotaQuery,
    status: 200,
    async handle({ ctx, params: { target }, query }) {
      policy.authorize(ctx, SHOW, { project_id: target });
      const set = await sets.get(target);
      return { quota_set: { id: target, ...(isTrue(query.usage) ? usageView(set) : set.limits) } };
    },
  }),
  route({
    method: 'GET',
    url: '/v3/os-quota-sets/:target/defaults',
    name: 'get-quota-defaults',
    summary: 'Show what a project may have for which nobody said anything else.',
    access: { rule: SHOW },
    params: ProjectParams,
    status: 200,
    async handle({ ctx, params: { target } }) {
      policy.authorize(ctx, SHOW, { project_id: target });
      return { quota_set: { id: target, ...(await sets.defaults(target)) } };
    },
  }),
  route({
    method: 'PUT',
    url: '/v3/os-quota-sets/:target',
    name: 'update-quota-set',
    summary: 'Say what a project may have; -1 = without limit.',
    access: { rule: 'volume_extension:quotas:update' },
    params: ProjectParams,
    body: UpdateQuotaSet,
    status: 200,
    async handle({ params, body }) {
      return { quota_set: await sets.set(params.target, amountsOf(body.quota_set)) };
    },
  }),
  route({
    method: 'DELETE',
    url: '/v3/os-quota-sets/:target',
    name: 'delete-quota-set',
    summary: 'Let the defaults hold for a project.',
    access: { rule: 'volume_extension:quotas:delete' },
    params: ProjectParams,
    status: 200,
    handle: ({ params }) => sets.unset(params.target),
  }),
];

const classRoutes = (sets: QuotaSets): Route[] => [
  route({
    method: 'GET',
    url: '/v3/os-quota-class-sets/:class',
    name: 'get-quota-class',
    summary: 'Show the limits of a class; `default` holds for projects that have none of their own.',
    access: { rule: 'volume_extension:quota_classes:get' },
    params: ClassParams,
    status: 200,
    async handle({ params }) {
      return { quota_class_set: { id: params.class, ...(await sets.ofClass(params.class)) } };
    },
  }),
  route({
    method: 'PUT',
    url: '/v3/os-quota-class-sets/:class',
    name: 'update-quota-class',
    summary: 'Set limits of a class.',
    access: { rule: 'volume_extension:quota_classes:update' },
    params: ClassParams,
    body: UpdateQuotaClass,
    status: 200,
    async handle({ params, body }) {
      return { quota_class_set: await sets.setClass(params.class, amountsOf(body.quota_class_set)) };
    },
  }),
];

const limitsRoute = (sets: QuotaSets, policy: Policy): Route =>
  route({
    method: 'GET',
    url: '/v3/limits',
    name: 'get-limits',
    summary: "Show the caller's limits, and what is used of them.",
    access: { rule: 'limits_extension:used_limits' },
    query: LimitsQuery,
    status: 200,
    async handle({ ctx, query }) {
      const named = isAtLeast(ctx.microversion, '3.39') ? (query.project_id ?? query.tenant_id) : undefined;
      const others = policy.allows(ctx, 'volume_extension:quotas:update') ? named : undefined;
      return { limits: { rate: [], absolute: absoluteView(await sets.get(others ?? projectOf(ctx))) } };
    },
  });

/** Clients send what they leave alone as null, and which project they mean. */
const amountsOf = ({ tenant_id: _project, id: _id, force: _force, ...limits }: LimitsBody): Amounts =>
  Object.fromEntries(
    Object.entries(limits).flatMap(([name, limit]) => (limit === null ? [] : [[name, numberOf(limit)]])),
  );

/** What is no number is none: it is refused as a limit. */
const numberOf = (limit: string | number | boolean): number =>
  /^-?[0-9]+$/.test(String(limit)) ? Number(limit) : NaN;
