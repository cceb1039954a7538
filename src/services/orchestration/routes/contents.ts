import { Type } from 'typebox';
import { notFound } from '#kernel/errors.ts';
import { route, type Route } from '#kernel/http/route.ts';
import { StackParams } from '../schema/common.ts';
import type { StackFactsService } from '../service/facts.ts';
import type { StackService } from '../service/stacks.ts';
import { outputView } from '../view/stack.ts';
import { STACK, stackAt, type StackRoutesDeps } from './stacks.ts';

/** What a stack was given, and what it gives. */
export const contentRoutes = ({ stacks, facts }: StackRoutesDeps): Route[] => [
  route({
    method: 'GET',
    url: `${STACK}/template`,
    name: 'get-stack-template',
    summary: "Show a stack's template.",
    access: { rule: 'stacks:template' },
    params: StackParams,
    status: 200,
    async handle({ ctx, params }) {
      const stack = await stackAt(stacks, { ctx, params }, 'stacks:template');
      return facts.compiled(stack).template.source;
    },
  }),
  route({
    method: 'GET',
    url: `${STACK}/environment`,
    name: 'get-stack-environment',
    summary: "Show a stack's environment.",
    access: { rule: 'stacks:environment' },
    params: StackParams,
    status: 200,
    async handle({ ctx, params }) {
      return facts.environment(await stackAt(stacks, { ctx, params }, 'stacks:environment'));
    },
  }),
  route({
    method: 'GET',
    url: `${STACK}/files`,
    name: 'get-stack-files',
    summary: "Show a stack's files.",
    access: { rule: 'stacks:files' },
    params: StackParams,
    status: 200,
    async handle({ ctx, params }) {
      return (await stackAt(stacks, { ctx, params }, 'stacks:files')).recipe.files;
    },
  }),
  ...outputRoutes(stacks, facts),
];

const OutputParams = Type.Object({ ...StackParams.properties, output_key: Type.String() });

const outputRoutes = (stacks: StackService, facts: StackFactsService): Route[] => [
  route({
    method: 'GET',
    url: `${STACK}/outputs`,
    name: 'list-outputs',
    summary: "List a stack's outputs.",
    access: { rule: 'stacks:list_outputs' },
    params: StackParams,
    status: 200,
    async handle({ ctx, params }) {
      const stack = await stackAt(stacks, { ctx, params }, 'stacks:list_outputs');
      const outputs = [...facts.compiled(stack).template.outputs.values()];
      return {
        outputs: outputs.map(({ name, description }) => ({
          output_key: name,
          description: description ?? 'No description given',
        })),
      };
    },
  }),
  route({
    method: 'GET',
    url: `${STACK}/outputs/:output_key`,
    name: 'get-output',
    summary: 'Show an output of a stack.',
    access: { rule: 'stacks:show_output' },
    params: OutputParams,
    status: 200,
    async handle({ ctx, params }) {
      const stack = await stackAt(stacks, { ctx, params }, 'stacks:show_output');
      const found = (await facts.outputs(ctx, stack)).find(({ name }) => name === params.output_key);
      if (!found)
        throw notFound(`Specified output key ${params.output_key} not found.`, { code: 'NotFound' });
      return { output: outputView(found) };
    },
  }),
];
