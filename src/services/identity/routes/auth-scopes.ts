import { route, type Route } from '#kernel/http/route.ts';
import type { Ctx } from '#kernel/context.ts';
import { Type } from 'typebox';
import type { Project } from '../model/project.ts';
import type { IdentityDeps } from '../service/deps.ts';
import { handleOf } from '../service/deps.ts';
import { domainsOfUser, effectiveRoles, projectsOfUser } from '../service/access.ts';
import { domainView, projectView } from '../view/project.ts';
import { listLinks } from './resource.ts';

/** Where the caller may get a token for. */
export const authScopeRoutes = (deps: IdentityDeps): Route[] => {
  const enabled = (projects: readonly Project[]) => projects.filter((project) => project.enabled);
  const projects = async (userId: string, base: string, self: string) => ({
    projects: enabled(await projectsOfUser(handleOf(deps), userId)).map((project) =>
      projectView(project, base),
    ),
    ...listLinks(base + self),
  });
  return [
    route({
      method: 'GET',
      url: '/v3/auth/projects',
      name: 'list-auth-projects',
      summary: 'List the projects the caller has a role in.',
      access: 'authenticated',
      status: 200,
      handle: ({ ctx, base }) => projects(ctx.user.id, base, '/v3/auth/projects'),
    }),
    route({
      method: 'GET',
      url: '/v3/users/:id/projects',
      name: 'list-user-projects',
      summary: 'List the projects a user has a role in.',
      access: 'authenticated',
      params: Type.Object({ id: Type.String() }),
      status: 200,
      async handle({ ctx, params, base }) {
        deps.policy.authorize(ctx, 'identity:list_user_projects', { user_id: params.id });
        return projects(params.id, base, `/v3/users/${params.id}/projects`);
      },
    }),
    route({
      method: 'GET',
      url: '/v3/auth/domains',
      name: 'list-auth-domains',
      summary: 'List the domains the caller has a role on.',
      access: 'authenticated',
      status: 200,
      async handle({ ctx, base }) {
        const domains = enabled(await domainsOfUser(handleOf(deps), ctx.user.id));
        return {
          domains: domains.map((domain) => domainView(domain, base)),
          ...listLinks(`${base}/v3/auth/domains`),
        };
      },
    }),
    route({
      method: 'GET',
      url: '/v3/auth/system',
      name: 'list-auth-system',
      summary: 'Whether the caller has a role on the system.',
      access: 'authenticated',
      status: 200,
      async handle({ ctx, base }) {
        return {
          system: (await hasSystemRole(deps, ctx)) ? [{ all: true }] : [],
          links: { self: `${base}/v3/auth/system` },
        };
      },
    }),
  ];
};

const hasSystemRole = async (deps: IdentityDeps, ctx: Ctx): Promise<boolean> =>
  (await effectiveRoles(handleOf(deps), ctx.user.id, { kind: 'system' })).length > 0;
