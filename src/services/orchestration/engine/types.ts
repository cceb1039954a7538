import type { Resource } from '../model/resource.ts';
import { templateRemnant } from '../resources/nested/template-resource.ts';
import type { ResourceTypes } from '../resources/registry.ts';
import type { ResourceType } from '../resources/resource-type.ts';
import { isTemplate } from '../template/registry.ts';
import type { ResourceDefinition } from '../template/template.ts';
import type { Compiled } from './compile.ts';

/** What the type of a resource stands for in this stack. @throws CloudError `bad-request` when that is nothing */
export function typeOf(
  { environment, templateType }: Pick<Compiled, 'environment' | 'templateType'>,
  types: ResourceTypes,
  { type, name }: Pick<ResourceDefinition, 'type' | 'name'>,
): ResourceType {
  const target = environment.registry.target(type, name);
  return 'template' in target ? templateType(target.template) : types.get(target.type);
}

/** What made a resource, whatever the template says by now; undefined for one that nothing has begun to make. */
export const typeOfRow = (
  types: ResourceTypes,
  { madeBy }: Pick<Resource, 'madeBy'>,
): ResourceType | undefined => (isTemplate(madeBy) ? templateRemnant(madeBy) : types.find(madeBy));
