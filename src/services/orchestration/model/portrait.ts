import { parseTemplate } from '../template/parse-template.ts';
import type { Resource } from './resource.ts';
import type { Recipe, Stack } from './stack.ts';

/** A stack as it is taken along, kept or adopted: what it was made of, and what it made. */
export interface Portrait {
  readonly name: string;
  readonly id: string;
  readonly action: string;
  readonly status: string;
  readonly project_id: string;
  readonly stack_user_project_id: string;
  readonly tags: readonly string[];
  readonly template: unknown;
  readonly environment: Readonly<Record<string, unknown>>;
  readonly files: Readonly<Record<string, string>>;
  readonly resources: Readonly<Record<string, PortrayedResource>>;
}

/** One that is a stack holds that stack's own portrait. */
export interface PortrayedResource extends Partial<
  Pick<Portrait, 'template' | 'environment' | 'files' | 'resources'>
> {
  readonly name: string;
  readonly resource_id: string | null;
  readonly type: string;
  readonly action: string;
  readonly status: string;
  readonly resource_data: Readonly<Record<string, unknown>>;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** @param held portraits of the stacks that its resources are, by their ids */
export const portraitOf = (
  stack: Stack,
  rows: readonly Resource[],
  held: ReadonlyMap<string, Portrait> = new Map(),
): Portrait => ({
  name: stack.name,
  id: stack.id,
  action: stack.action,
  status: stack.status,
  project_id: stack.projectId,
  stack_user_project_id: stack.projectId,
  tags: stack.tags,
  template: parseTemplate(stack.recipe.template).source,
  environment: stack.recipe.environment,
  files: stack.recipe.files,
  resources: Object.fromEntries(
    rows.filter(({ replacedBy }) => replacedBy === null).map((row) => [row.name, portrayed(row, held)]),
  ),
});

function portrayed(row: Resource, held: ReadonlyMap<string, Portrait>): PortrayedResource {
  const inner = held.get(row.physicalId ?? '');
  return {
    ...(inner && {
      template: inner.template,
      environment: inner.environment,
      files: inner.files,
      resources: inner.resources,
    }),
    name: row.name,
    resource_id: row.physicalId,
    type: row.type,
    action: row.action,
    status: row.status,
    resource_data: withoutCredentials(row.data),
    metadata: row.metadata,
  };
}

/** Keys and users that were made for signals are no part of it: whoever adopts it gets others. */
export function withoutCredentials(data: PortrayedResource['resource_data']) {
  const { keys: _, tellers: __, token: ___, ...others } = data;
  return others;
}

/** What a stack is made of that is to be as it was portrayed. */
export const recipeIn = ({ template, environment, files }: Portrait): Recipe => ({
  template: JSON.stringify(template),
  environment,
  files,
});
