import type { Ctx } from '#kernel/context.ts';
import type { Call } from '#kernel/http/route.ts';
import type { Policy } from '#kernel/policy/policy.ts';
import type { Viewer } from '../view/container.ts';

/** Who asks, as views want to know it. */
export const viewerOf = ({ ctx, base }: Pick<Call, 'ctx' | 'base'>, policy: Policy): Viewer => ({
  base,
  now: ctx.clock.now(),
  seesAll: seesAll(policy, ctx),
});

/** The fields for administrators have a rule each; their defaults are alike, so one look is enough for all. */
const seesAll = (policy: Policy, ctx: Ctx): boolean =>
  ['host', 'runtime', 'image_pull_policy', 'privileged'].every((field) =>
    policy.allows(ctx, `container:get_one:${field}`),
  );
