import { badRequest, CloudError } from '#kernel/errors.ts';
import type { JsonMap } from '../../template/json.ts';
import { parseTemplate } from '../../template/parse-template.ts';
import type { ParameterSchema, ParameterType } from '../../template/parameter-schema.ts';
import type { Template } from '../../template/template.ts';
import type { PropertySchema, PropertyType } from '../property.ts';
import type { ResourceRun, ResourceType } from '../resource-type.ts';
import { holder, isMemberPath, memberAttribute } from './holder.ts';

/** This output of a template is what others call the resource by. */
const REFERENCE = 'OS::stack_id';

const TYPES: { readonly [type in ParameterType]: PropertyType } = {
  string: 'string',
  number: 'number',
  boolean: 'boolean',
  comma_delimited_list: 'list',
  json: 'map',
};

/**
 * A template as a type: its parameters are the properties, its outputs the attributes.
 * @param path the name of the file, as the environment or the template says it
 * @param defaults of parameters of all templates, by their names
 * @throws CloudError `bad-request` for a text that is no template
 */
export function templateResource(path: string, text: string, defaults: JsonMap): ResourceType {
  const template = parsed(path, text);
  const outputs = [...template.outputs.values()];
  return holder({
    ...remnantOf(path),
    description: template.description,
    properties: Object.fromEntries(
      [...template.parameters.values()].map((schema) => [
        schema.name,
        { ...propertyOf(schema), required: (defaults[schema.name] ?? schema.default) === undefined },
      ]),
    ),
    attributes: Object.fromEntries(
      outputs.map(({ name, description }) => [name, { description: description ?? '' }]),
    ),
    foreseen: (properties) => ({ template: text, parameters: properties }),
    child: ({ properties }) => ({ template: text, parameters: properties }),
    reference: (run) => referenceOf(template, run),
  });
}

function parsed(path: string, text: string): Template {
  try {
    return parseTemplate(text);
  } catch (thrown) {
    const { message, code } = CloudError.from(thrown);
    throw badRequest(`${path}: ${message}`, { code, cause: thrown });
  }
}

/** The type of what a template made that is no more: it can be taken away. */
export const templateRemnant = (path: string): ResourceType => holder(remnantOf(path));

const remnantOf = (path: string) => ({
  name: path,
  description: '',
  properties: {},
  attributes: {},
  child(): never {
    throw new Error(`The template ${path} is no more.`);
  },
  attribute: async (run: ResourceRun, asked: readonly (string | number)[]) =>
    isMemberPath(asked)
      ? memberAttribute(run, asked)
      : ((await run.nested.outputs())[String(asked[0])] ?? null),
});

const propertyOf = ({ type, description, constraints, hidden }: ParameterSchema): PropertySchema => ({
  type: TYPES[type],
  updateAllowed: true,
  convert: true,
  description,
  ...(hidden && { hidden }),
  ...(constraints.length > 0 && { constraints }),
});

async function referenceOf(template: Template, run: ResourceRun): Promise<string> {
  const told = template.outputs.has(REFERENCE) ? (await run.nested.outputs())[REFERENCE] : undefined;
  return typeof told === 'string' ? told : (run.resource.physicalId ?? '');
}
