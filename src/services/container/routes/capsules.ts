import { Reply, route, type Route } from '#kernel/http/route.ts';
import type { Policy } from '#kernel/policy/policy.ts';
import { CapsuleParams, CreateCapsule, ListCapsules } from '../schema/capsule.ts';
import { flagOf } from '../schema/common.ts';
import { AllProjects } from '../schema/container.ts';
import type { CapsuleCreation } from '../service/capsule-creation.ts';
import type { CapsuleService } from '../service/capsules.ts';
import { capsuleView } from '../view/capsule.ts';
import { viewerOf } from './viewer.ts';

export interface CapsuleRouteDeps {
  readonly capsules: CapsuleService;
  readonly creation: CapsuleCreation;
  readonly policy: Policy;
}

export const capsuleRoutes = (deps: CapsuleRouteDeps): Route[] => [
  ...collectionRoutes(deps),
  ...memberRoutes(deps),
];

const collectionRoutes = ({ capsules, creation, policy }: CapsuleRouteDeps): Route[] => [
  route({
    method: 'POST',
    url: '/v1/capsules',
    name: 'create-capsule',
    summary: 'Create containers that share one network namespace, and run them.',
    access: { rule: 'capsule:create' },
    body: CreateCapsule,
    status: 202,
    async handle(call) {
      const whole = await creation.create(call.ctx, call.body.template);
      const location = `${call.base}/v1/capsules/${whole.capsule.id}`;
      const view = capsuleView(whole, viewerOf(call, policy), call.ctx.microversion);
      return new Reply(view, { headers: { location } });
    },
  }),
  route({
    method: 'GET',
    url: '/v1/capsules',
    name: 'list-capsules',
    summary: 'List capsules.',
    access: { rule: 'capsule:get_all' },
    query: ListCapsules,
    status: 200,
    async handle(call) {
      const { items, next } = await capsules.list(call.ctx, call.query);
      const viewer = viewerOf(call, policy);
      const nextUrl = (marker: string) =>
        `${call.base}/v1/capsules?${new URLSearchParams({ ...(call.query as object), marker }).toString()}`;
      return {
        capsules: items.map((whole) => capsuleView(whole, viewer, call.ctx.microversion)),
        next: next === null ? null : nextUrl(next),
      };
    },
  }),
];

const memberRoutes = ({ capsules, policy }: CapsuleRouteDeps): Route[] => [
  route({
    method: 'GET',
    url: '/v1/capsules/:capsule',
    name: 'get-capsule',
    summary: 'Show a capsule.',
    access: { rule: 'capsule:get' },
    params: CapsuleParams,
    query: AllProjects,
    status: 200,
    async handle(call) {
      const whole = await capsules.get(call.ctx, call.params.capsule, flagOf(call.query.all_projects));
      return capsuleView(whole, viewerOf(call, policy), call.ctx.microversion);
    },
  }),
  route({
    method: 'DELETE',
    url: '/v1/capsules/:capsule',
    name: 'delete-capsule',
    summary: 'Delete a capsule.',
    access: { rule: 'capsule:delete' },
    params: CapsuleParams,
    query: AllProjects,
    status: 204,
    async handle({ ctx, params, query }) {
      await capsules.delete(ctx, params.capsule, flagOf(query.all_projects));
    },
  }),
];
