import { newUuid } from '#kernel/ids.ts';
import { stackReason } from '../model/reason.ts';
import type { Resource } from '../model/resource.ts';
import type { Recipe, Stack } from '../model/stack.ts';
import type { ChildRecipe } from '../resources/nested-stack.ts';
import { parseTemplate } from '../template/parse-template.ts';
import type { Compiled } from './compile.ts';

/** What a resource's stack is made of: files, types and defaults are those of the stack around it. */
export const childRecipe = (
  { recipe, environment }: Pick<Compiled, 'recipe' | 'environment'>,
  resource: string,
  { template, parameters = {} }: ChildRecipe,
): Recipe => ({
  template,
  files: recipe.files,
  environment: {
    parameters,
    parameter_defaults: environment.parameterDefaults,
    resource_registry: environment.registry.child(resource).toJson(),
  },
});

/** A stack within another, of which nothing is there yet. One that was taken away does not come back under its id. */
export const newChild = (
  around: Stack,
  { name, physicalName, physicalId, createdAt }: Resource,
  { recipe, isGone }: { readonly recipe: Recipe; readonly isGone: boolean },
): Stack => ({
  ...around,
  id: isGone ? newUuid() : (physicalId ?? newUuid()),
  name: physicalName,
  parentId: around.id,
  parentResource: name,
  description: parseTemplate(recipe.template).description,
  tags: [],
  action: 'CREATE',
  status: 'IN_PROGRESS',
  statusReason: stackReason('CREATE', 'IN_PROGRESS'),
  recipe,
  former: null,
  disableRollback: true,
  createdAt,
  updatedAt: null,
  deletedAt: null,
});

/** How many stacks are around one. */
export function depthOf(kin: readonly Pick<Stack, 'id' | 'parentId'>[], id: string): number {
  const parents = new Map(kin.map((one) => [one.id, one.parentId]));
  let depth = 0;
  for (let parent = parents.get(id); parent; parent = parents.get(parent)) depth += 1;
  return depth;
}
