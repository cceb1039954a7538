import type { Static } from 'typebox';
import type { Ctx } from '#kernel/context.ts';
import { badRequest } from '#kernel/errors.ts';
import type { Route } from '#kernel/http/route.ts';
import type { Project, ProjectChange } from '../model/project.ts';
import { defined } from '../schema/common.ts';
import {
  CreateDomain,
  CreateProject,
  ListDomains,
  ListProjects,
  ShowProject,
  UpdateProject,
} from '../schema/project.ts';
import type { LimitService } from '../service/limits.ts';
import type { ProjectService } from '../service/projects.ts';
import type { TagFilter } from '../store/projects.ts';
import { domainView, projectView } from '../view/project.ts';
import { asProjects, parentTree, subtreeTree } from '../view/project-family.ts';
import { projectTagRoutes } from './project-tags.ts';
import { resourceRoutes } from './resource.ts';

type Change = Omit<ProjectChange, 'description'> & { readonly description?: string | null };
const toChange = (body: Change): ProjectChange =>
  body.description === undefined ? (body as ProjectChange) : { ...body, description: body.description ?? '' };

export const projectRoutes = (projects: ProjectService, limits: LimitService): Route[] => [
  ...resourceRoutes({
    singular: 'project',
    plural: 'projects',
    schema: { list: ListProjects, create: CreateProject, update: UpdateProject },
    getAccess: 'authenticated',
    async list(ctx, query) {
      const filter = defined({
        isDomain: query.is_domain ?? false,
        domainId: query.domain_id,
        parentId: query.parent_id,
        name: query.name,
        enabled: query.enabled,
        tags: tagFilter(query),
      });
      return projects.list(ctx, filter, query);
    },
    get: (ctx, id) => projects.get(ctx, id),
    create: (ctx, body) => projects.create(ctx, body),
    update: async (ctx, id, body) => projects.update(await projects.get(ctx, id), toChange(body)),
    delete: async (ctx, id) => projects.delete(await projects.get(ctx, id)),
    view: projectView,
    details: {
      query: ShowProject,
      of: (ctx, project, asked) => familyOf({ projects, limits }, ctx, { project, ...asked }),
    },
  }),
  ...projectTagRoutes(projects),
];

export const domainRoutes = (projects: ProjectService): Route[] =>
  resourceRoutes({
    singular: 'domain',
    plural: 'domains',
    schema: { list: ListDomains, create: CreateDomain, update: UpdateProject },
    getAccess: 'authenticated',
    list: (ctx, { name, enabled, ...page }) =>
      projects.list(ctx, { isDomain: true, ...defined({ name, enabled }) }, page),
    get: (ctx, id) => projects.getDomain(ctx, id),
    create: (ctx, body) => projects.createDomain(ctx, body),
    update: async (ctx, id, body) => projects.update(await projects.getDomain(ctx, id), toChange(body)),
    delete: async (ctx, id) => projects.delete(await projects.getDomain(ctx, id)),
    view: domainView,
  });

interface Deps {
  readonly projects: ProjectService;
  readonly limits: LimitService;
}

interface FamilyRequest {
  readonly project: Project;
  readonly query: unknown;
  readonly base: string;
}

/** Those above and below a project, in the forms that the query asks for. */
async function familyOf({ projects, limits }: Deps, ctx: Ctx, { project, query, base }: FamilyRequest) {
  const asked = query as Static<typeof ShowProject>;
  if (Object.keys(asked).length === 0) return {};
  const exclusive = [
    ['parents_as_list', 'parents_as_ids'],
    ['subtree_as_list', 'subtree_as_ids'],
  ] as const;
  for (const [list, ids] of exclusive)
    if (asked[list] !== undefined && asked[ids] !== undefined)
      throw badRequest(`Cannot use ${list} and ${ids} query params at the same time.`);
  const { parents, subtree } = await projects.family(ctx, project);
  const limitsOf =
    asked.include_limits === undefined ? null : await limits.ofProjects(ctx, [...parents, ...subtree]);
  const listed = (found: readonly Project[]) => asProjects(found, base, limitsOf);
  return {
    ...(asked.parents_as_list === undefined ? {} : { parents: listed(parents) }),
    ...(asked.parents_as_ids === undefined ? {} : { parents: parentTree(parents) }),
    ...(asked.subtree_as_list === undefined ? {} : { subtree: listed(subtree) }),
    ...(asked.subtree_as_ids === undefined ? {} : { subtree: subtreeTree(project.id, subtree) }),
  };
}

function tagFilter(query: Static<typeof ListProjects>): TagFilter | undefined {
  const of = (text: string | undefined) => text?.split(',') ?? [];
  const filter = {
    all: of(query.tags),
    any: of(query['tags-any']),
    notAll: of(query['not-tags']),
    notAny: of(query['not-tags-any']),
  };
  return Object.values(filter).some((tags) => tags.length > 0) ? filter : undefined;
}
