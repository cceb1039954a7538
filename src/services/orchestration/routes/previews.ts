import { route, type Route } from '#kernel/http/route.ts';
import { isTrue, ProjectParams, StackParams } from '../schema/common.ts';
import { CreateStack, PreviewQuery, RecipeBody, UpdateStack, ValidateQuery } from '../schema/stack.ts';
import { changedDraft, newDraft, patchedDraft, recipeOf, requiredTemplate } from '../service/drafts.ts';
import type { PreviewService } from '../service/previews.ts';
import { validate } from '../service/validation.ts';
import { changesView, previewView } from '../view/foreseen.ts';
import { validatedView } from '../view/validated.ts';
import { LIST, STACK, stackAt, type StackRoutesDeps } from './stacks.ts';

/** What would be, if it were asked for. */
export const previewRoutes = ({
  stacks,
  facts,
  previews,
}: StackRoutesDeps & { readonly previews: PreviewService }): Route[] => [
  route({
    method: 'POST',
    url: `${LIST}/preview`,
    name: 'preview-stack',
    summary: 'See what a template would make.',
    access: { rule: 'stacks:preview' },
    params: ProjectParams,
    body: CreateStack,
    status: 200,
    async handle({ ctx, body, base }) {
      const { stack, resources } = previews.creation(ctx, { name: body.stack_name, ...newDraft(body) });
      const known = await facts.of(ctx, stack, { outputs: false });
      return { stack: previewView(stack, { facts: known, resources }, base) };
    },
  }),
  ...(['PUT', 'PATCH'] as const).map((method) => {
    const whole = method === 'PUT';
    const rule = whole ? 'stacks:preview_update' : 'stacks:preview_update_patch';
    return route({
      method,
      url: `${STACK}/preview`,
      name: whole ? 'preview-update' : 'preview-patch',
      summary: whole ? 'See what a change would do.' : 'See what a change of parts would do.',
      access: { rule },
      params: StackParams,
      query: PreviewQuery,
      body: UpdateStack,
      status: 200,
      async handle({ ctx, params, query, body }) {
        const stack = await stackAt(stacks, { ctx, params }, rule);
        const { recipe } = (whole ? changedDraft : patchedDraft)(stack, body);
        return changesView(await previews.change(stack, recipe, { nested: isTrue(query.show_nested) }));
      },
    });
  }),
  route({
    method: 'POST',
    url: '/v1/:tenant_id/validate',
    name: 'validate-template',
    summary: 'Have a template checked.',
    access: { rule: 'stacks:validate_template' },
    params: ProjectParams,
    query: ValidateQuery,
    body: RecipeBody,
    status: 200,
    async handle({ ctx, body, query }) {
      const recipe = recipeOf(body, requiredTemplate(body));
      const ignored = (query.ignore_errors ?? '').split(',').filter(Boolean);
      const validated = validate(stacks, ctx, { recipe, ignored });
      return validatedView(validated, isTrue(query.show_nested) ? previews.nested(ctx, recipe) : new Map());
    },
  }),
];
