import type { Route } from '#kernel/http/route.ts';
import type { Project, ProjectChange } from '../model/project.ts';
import { defined } from '../schema/common.ts';
import { CreateDomain, CreateProject, ListDomains, ListProjects, UpdateProject } from '../schema/project.ts';
import type { ProjectService } from '../service/projects.ts';
import { domainView, projectView } from '../view/project.ts';
import { projectTagRoutes } from './project-tags.ts';
import { resourceRoutes } from './resource.ts';

type Change = Omit<ProjectChange, 'description'> & { readonly description?: string | null };
const toChange = (body: Change): ProjectChange =>
  body.description === undefined ? (body as ProjectChange) : { ...body, description: body.description ?? '' };

export const projectRoutes = (projects: ProjectService): Route[] => [
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
      });
      return (await projects.list(ctx, filter)).filter(matchesTags(query));
    },
    get: (ctx, id) => projects.get(ctx, id),
    create: (ctx, body) => projects.create(ctx, body),
    update: async (ctx, id, body) => projects.update(await projects.get(ctx, id), toChange(body)),
    delete: async (ctx, id) => projects.delete(await projects.get(ctx, id)),
    view: projectView,
  }),
  ...projectTagRoutes(projects),
];

export const domainRoutes = (projects: ProjectService): Route[] =>
  resourceRoutes({
    singular: 'domain',
    plural: 'domains',
    schema: { list: ListDomains, create: CreateDomain, update: UpdateProject },
    getAccess: 'authenticated',
    list: (ctx, query) => projects.list(ctx, { ...query, isDomain: true }),
    get: (ctx, id) => projects.getDomain(ctx, id),
    create: (ctx, body) => projects.createDomain(ctx, body),
    update: async (ctx, id, body) => projects.update(await projects.getDomain(ctx, id), toChange(body)),
    delete: async (ctx, id) => projects.delete(await projects.getDomain(ctx, id)),
    view: domainView,
  });

/** The four tag filters of the API-SIG: all of, any of, not all of, none of. */
function matchesTags(query: {
  tags?: string;
  'tags-any'?: string;
  'not-tags'?: string;
  'not-tags-any'?: string;
}) {
  const all = (project: Project, tags: string) => tags.split(',').every((tag) => project.tags.includes(tag));
  const any = (project: Project, tags: string) => tags.split(',').some((tag) => project.tags.includes(tag));
  const { tags, 'tags-any': tagsAny, 'not-tags': notTags, 'not-tags-any': notTagsAny } = query;
  return (project: Project): boolean =>
    (tags === undefined || all(project, tags)) &&
    (tagsAny === undefined || any(project, tagsAny)) &&
    (notTags === undefined || !all(project, notTags)) &&
    (notTagsAny === undefined || !any(project, notTagsAny));
}
