import { badRequest } from '#kernel/errors.ts';
import { textOf, type Json, type JsonMap } from '../../template/json.ts';
import type { ChildRecipe } from '../nested-stack.ts';
import type { ResourceRun } from '../resource-type.ts';
import { holder } from './holder.ts';

const PREFIX = 'Outputs.';

/** Nothing is fetched for a caller: the template is among the files of the stack, under its URL. */
function childOf({ properties, stack: { recipe } }: ResourceRun): ChildRecipe {
  const url = textOf(properties['TemplateURL']);
  const template = Object.hasOwn(recipe.files, url) ? recipe.files[url] : undefined;
  if (template === undefined)
    throw badRequest(`Could not fetch remote template '${url}': it is not among the files of the stack.`, {
      code: 'StackValidationFailed',
    });
  return { template, parameters: (properties['Parameters'] ?? {}) as JsonMap };
}

/** A stack as CFN's templates say it. */
export const cfnStack = holder({
  name: 'AWS::CloudFormation::Stack',
  description: 'A stack in a stack, of a template that is named.',
  properties: {
    TemplateURL: {
      type: 'string',
      required: true,
      updateAllowed: true,
      description: 'The URL of the template, which is among the files of the stack.',
    },
    TimeoutInMinutes: {
      type: 'integer',
      updateAllowed: true,
      description: 'How long it may take. The stack around it says that here.',
    },
    Parameters: { type: 'map', updateAllowed: true, description: 'The values of its parameters.' },
  },
  attributes: {},
  child: childOf,
  reference: ({ stack, resource: { physicalName, physicalId } }) =>
    `arn:openstack:heat::${stack.projectId}:stacks/${physicalName}/${physicalId}`,
  async attribute(run, [asked]): Promise<Json> {
    const name = String(asked);
    if (!name.startsWith(PREFIX))
      throw badRequest(`The Referenced Attribute (${run.resource.name} ${name}) is incorrect.`, {
        code: 'InvalidTemplateAttribute',
      });
    return (await run.nested.outputs())[name.slice(PREFIX.length)] ?? null;
  },
});
