import { Type } from 'typebox';
import { notFound } from '#kernel/errors.ts';
import { route, type Route } from '#kernel/http/route.ts';
import type { Project } from '../model/project.ts';
import { SetTags } from '../schema/project.ts';
import type { ProjectService } from '../service/projects.ts';

const url = '/v3/projects/:id/tags';
const Params = Type.Object({ id: Type.String() });
const TagParams = Type.Object({
  id: Type.String(),
  tag: Type.String({ minLength: 1, maxLength: 255, pattern: '^[^,/]+$' }),
});
const read = { access: 'authenticated', summary: 'Read the tags of a project.' } as const;
const write = {
  access: { rule: 'identity:update_project' },
  summary: 'Change the tags of a project.',
} as const;
const tagNotFound = (tag: string) => notFound(`Could not find project tag: ${tag}.`);

export const projectTagRoutes = (projects: ProjectService): Route[] => [
  ...allTags(projects),
  ...oneTag(projects),
];

const allTags = (projects: ProjectService): Route[] => [
  route({
    ...read,
    method: 'GET',
    url,
    name: 'list-project-tags',
    params: Params,
    status: 200,
    handle: async ({ ctx, params }) => ({ tags: (await projects.get(ctx, params.id)).tags }),
  }),
  route({
    ...write,
    method: 'PUT',
    url,
    name: 'set-project-tags',
    params: Params,
    body: SetTags,
    status: 200,
    handle: async ({ ctx, params, body }) => ({
      tags: (await projects.update(await projects.get(ctx, params.id), { tags: body.tags })).tags,
    }),
  }),
  route({
    ...write,
    method: 'DELETE',
    url,
    name: 'clear-project-tags',
    params: Params,
    status: 204,
    async handle({ ctx, params }) {
      await projects.update(await projects.get(ctx, params.id), { tags: [] });
    },
  }),
];

function oneTag(projects: ProjectService): Route[] {
  const tagged = async (project: Project, tag: string): Promise<void> => {
    if (!project.tags.includes(tag)) throw tagNotFound(tag);
  };
  const setTags = async (project: Project, tags: readonly string[]): Promise<void> => {
    await projects.update(project, { tags });
  };
  const base = { url: `${url}/:tag`, params: TagParams };
  return [
    route({
      ...read,
      ...base,
      method: 'GET',
      name: 'check-project-tag',
      status: 204,
      handle: async ({ ctx, params }) => tagged(await projects.get(ctx, params.id), params.tag),
    }),
    route({
      ...write,
      ...base,
      method: 'PUT',
      name: 'add-project-tag',
      status: 201,
      async handle({ ctx, params }) {
        const project = await projects.get(ctx, params.id);
        await setTags(project, [...new Set([...project.tags, params.tag])]);
      },
    }),
    route({
      ...write,
      ...base,
      method: 'DELETE',
      name: 'remove-project-tag',
      status: 204,
      async handle({ ctx, params }) {
        const project = await projects.get(ctx, params.id);
        await tagged(project, params.tag);
        await setTags(
          project,
          project.tags.filter((tag) => tag !== params.tag),
        );
      },
    }),
  ];
}
