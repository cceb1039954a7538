import { projectOf } from '#kernel/context.ts';
import { forbidden } from '#kernel/errors.ts';
import type { Route } from '#kernel/http/route.ts';

/** Calls below `/v1/{tenant_id}`, which must be the project of the caller's token. */
export const inProject = (routes: readonly Route[]): Route[] =>
  routes.map((route) => ({
    ...route,
    async handle(call) {
      const { tenant_id } = call.params as { tenant_id: string };
      if (tenant_id.replaceAll('-', '') !== projectOf(call.ctx).replaceAll('-', ''))
        throw forbidden('You are not authorized to access this project.', { code: 'InvalidTenant' });
      return route.handle(call);
    },
  }));
