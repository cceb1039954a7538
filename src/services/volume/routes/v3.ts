import { projectOf } from '#kernel/context.ts';
import { notFound } from '#kernel/errors.ts';
import type { Call, Route } from '#kernel/http/route.ts';
import type { Policy } from '#kernel/policy/policy.ts';
import { Type, type TObject } from 'typebox';
import type { Viewer } from '../view/common.ts';

/**
 * Each call below `/v3` and below `/v3/{project_id}`, which must be the caller's project. Both have the same schema of
 * their path, where the project is optional.
 */
export const withProject = (routes: readonly Route[]): Route[] =>
  routes.flatMap((route) => {
    const { properties = {} } = (route.params ?? {}) as Partial<TObject>;
    const params = Type.Object({ ...properties, project_id: Type.Optional(Type.String()) });
    const plain: Route = { ...route, params };
    const scoped: Route = {
      ...plain,
      url: route.url.replace('/v3', '/v3/:project_id'),
      name: `${route.name}-scoped`,
      async handle(call) {
        assertOwn(call);
        return route.handle(call);
      },
    };
    return [plain, scoped];
  });

function assertOwn({ ctx, params }: Call): void {
  const { project_id } = params as { project_id: string };
  if (project_id.replaceAll('-', '') !== projectOf(ctx).replaceAll('-', ''))
    throw notFound(`The URL names project ${project_id}, the token another.`);
}

export const viewerOf = ({ ctx, base }: Pick<Call, 'ctx' | 'base'>, policy: Policy): Viewer => ({
  ctx,
  base,
  seesHosts: policy.allows(ctx, 'volume:host'),
});
