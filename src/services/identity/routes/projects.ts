import { route, type Route } from '#kernel/http/route.ts';
import { CreateProject, ListProjects, ProjectParams, UpdateProject } from '../schema/project.ts';
import type { ProjectService } from '../service/projects.ts';
import { projectListView, projectView } from '../view/project.ts';

export const projectRoutes = (projects: ProjectService): Route[] => [
  route({
    method: 'GET',
    url: '/v3/projects',
    name: 'list-projects',
    summary: 'List projects.',
    access: { rule: 'identity:list_projects' },
    query: ListProjects,
    status: 200,
    async handle({ ctx, query, base }) {
      const filter = {
        isDomain: query.is_domain ?? false,
        ...(query.domain_id === undefined ? {} : { domainId: query.domain_id }),
        ...(query.parent_id === undefined ? {} : { parentId: query.parent_id }),
        ...(query.name === undefined ? {} : { name: query.name }),
        ...(query.enabled === undefined ? {} : { enabled: query.enabled }),
      };
      return projectListView(await projects.list(ctx, filter), base);
    },
  }),
  route({
    method: 'POST',
    url: '/v3/projects',
    name: 'create-project',
    summary: 'Create a project.',
    access: { rule: 'identity:create_project' },
    body: CreateProject,
    status: 201,
    async handle({ ctx, body, base }) {
      return { project: projectView(await projects.create(ctx, body.project), base) };
    },
  }),
  route({
    method: 'GET',
    url: '/v3/projects/:project_id',
    name: 'get-project',
    summary: 'Show a project.',
    access: 'authenticated',
    params: ProjectParams,
    status: 200,
    async handle({ ctx, params, base }) {
      return { project: projectView(await projects.get(ctx, params.project_id), base) };
    },
  }),
  route({
    method: 'PATCH',
    url: '/v3/projects/:project_id',
    name: 'update-project',
    summary: 'Change a project.',
    access: { rule: 'identity:update_project' },
    params: ProjectParams,
    body: UpdateProject,
    status: 200,
    async handle({ ctx, params, body, base }) {
      const { description, ...rest } = body.project;
      const change = { ...rest, ...(description === undefined ? {} : { description: description ?? '' }) };
      return { project: projectView(await projects.update(ctx, params.project_id, change), base) };
    },
  }),
  route({
    method: 'DELETE',
    url: '/v3/projects/:project_id',
    name: 'delete-project',
    summary: 'Delete a project.',
    access: { rule: 'identity:delete_project' },
    params: ProjectParams,
    status: 204,
    async handle({ ctx, params }) {
      await projects.delete(ctx, params.project_id);
    },
  }),
];
