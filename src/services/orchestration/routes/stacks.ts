import { Reply, route, type Call, type Route } from '#kernel/http/route.ts';
import { isTrue, ProjectParams, StackParams } from '../schema/common.ts';
import { CreateStack, ListStacks, ShowStack, UpdateStack } from '../schema/stack.ts';
import { summaryOf, type Stack } from '../model/stack.ts';
import { changedDraft, newDraft, patchedDraft } from '../service/drafts.ts';
import type { StackFactsService } from '../service/facts.ts';
import type { StackService } from '../service/stacks.ts';
import { link, stackUrl } from '../view/links.ts';
import { stackItemView, stackView } from '../view/stack.ts';
import { filterOf, pageOf } from './stack-query.ts';

export const LIST = '/v1/:tenant_id/stacks';
export const STACK = `${LIST}/:stack_name/:stack_id`;

export interface StackRoutesDeps {
  readonly stacks: StackService;
  readonly facts: StackFactsService;
}

type StackCall = Call<{ readonly stack_name: string; readonly stack_id: string }>;

/** The stack that a path names: by both its name and its id. */
export const stackAt = (
  stacks: StackService,
  { ctx, params }: Pick<StackCall, 'ctx' | 'params'>,
  rule: string,
): Promise<Stack> => stacks.named(ctx, { id: params.stack_id, name: params.stack_name }, rule);

export const stackRoutes = ({ stacks, facts }: StackRoutesDeps): Route[] => [
  route({
    method: 'POST',
    url: LIST,
    name: 'create-stack',
    summary: 'Create a stack.',
    access: { rule: 'stacks:create' },
    params: ProjectParams,
    body: CreateStack,
    status: 201,
    async handle({ ctx, body, base }) {
      const stack = await stacks.create(ctx, { name: body.stack_name, ...newDraft(body) });
      const location = stackUrl(base, stack);
      return new Reply({ stack: { id: stack.id, links: [link(location)] } }, { headers: { location } });
    },
  }),
  ...['', '/detail'].map((path) =>
    route({
      method: 'GET',
      url: LIST + path,
      name: path === '' ? 'list-stacks' : 'list-stacks-in-detail',
      summary: 'List stacks.',
      access: { rule: path === '' ? 'stacks:index' : 'stacks:detail' },
      params: ProjectParams,
      query: ListStacks,
      status: 200,
      async handle({ ctx, query, base }) {
        const allProjects = isTrue(query.global_tenant);
        const page = pageOf(query);
        const count = isTrue(query.with_count);
        const listed = await stacks.list(ctx, { ...filterOf(query), allProjects }, { page, count });
        return {
          stacks: listed.items.map((stack) => ({
            ...stackItemView(stack, base),
            ...(allProjects && { project: stack.projectId }),
          })),
          ...(listed.next !== null && { links: [nextLink(base, ctx.project?.id ?? '', query, listed.next)] }),
          ...(listed.count !== undefined && { count: listed.count }),
        };
      },
    }),
  ),
  route({
    method: 'GET',
    url: STACK,
    name: 'get-stack',
    summary: 'Show a stack.',
    access: { rule: 'stacks:show' },
    params: StackParams,
    query: ShowStack,
    status: 200,
    async handle({ ctx, params, query, base }) {
      const stack = await stackAt(stacks, { ctx, params }, 'stacks:show');
      const outputs = isTrue(query.resolve_outputs ?? true);
      return { stack: stackView(summaryOf(stack), await facts.of(ctx, stack, { outputs }), base) };
    },
  }),
  ...changeRoutes(stacks),
];

const changeRoutes = (stacks: StackService): Route[] => [
  route({
    method: 'PUT',
    url: STACK,
    name: 'update-stack',
    summary: 'Change a stack to what is said.',
    access: { rule: 'stacks:update' },
    params: StackParams,
    body: UpdateStack,
    status: 202,
    async handle({ ctx, params, body }) {
      const stack = await stackAt(stacks, { ctx, params }, 'stacks:update');
      await stacks.update(ctx, stack, { name: stack.name, ...changedDraft(stack, body) });
      return null;
    },
  }),
  route({
    method: 'PATCH',
    url: STACK,
    name: 'patch-stack',
    summary: 'Change parts of a stack.',
    access: { rule: 'stacks:update_patch' },
    params: StackParams,
    body: UpdateStack,
    status: 202,
    async handle({ ctx, params, body }) {
      const stack = await stackAt(stacks, { ctx, params }, 'stacks:update_patch');
      await stacks.update(ctx, stack, { name: stack.name, ...patchedDraft(stack, body) });
      return null;
    },
  }),
  route({
    method: 'DELETE',
    url: STACK,
    name: 'delete-stack',
    summary: 'Delete a stack with all that it made.',
    access: { rule: 'stacks:delete' },
    params: StackParams,
    status: 204,
    async handle({ ctx, params }) {
      await stacks.delete(ctx, await stackAt(stacks, { ctx, params }, 'stacks:delete'));
    },
  }),
];

function nextLink(base: string, project: string, query: object, marker: string) {
  const words = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    (Array.isArray(value) ? value : [value]).map((one) => [name, String(one)]),
  );
  const asked = new URLSearchParams(words.filter(([name]) => name !== 'marker'));
  asked.set('marker', marker);
  return link(`${base}/v1/${project}/stacks?${asked.toString()}`, 'next');
}
