import type { Asked, NestedAsks, Validated } from '../service/validation.ts';
import type { Constraint } from '../template/constraints.ts';
import { jsonText, type Json } from '../template/json.ts';
import type { ParameterType } from '../template/parameter-schema.ts';

const TYPES: { readonly [type in ParameterType]: string } = {
  string: 'String',
  number: 'Number',
  boolean: 'Boolean',
  comma_delimited_list: 'CommaDelimitedList',
  json: 'Json',
};

/** What a template asks for, in the words of CFN whatever it is written in. */
export const validatedView = ({ environment, ...asked }: Validated, nested: NestedAsks) => ({
  ...askedView(asked, nested),
  Environment: environment,
});

const askedView = ({ template, parameters }: Asked, nested: NestedAsks): object => ({
  Description: template.description,
  Parameters: Object.fromEntries(parameters.map((one) => [one.schema.name, parameterView(one)])),
  ...(template.parameterGroups.length > 0 && { ParameterGroups: template.parameterGroups }),
  ...(nested.size > 0 && {
    NestedParameters: Object.fromEntries(
      [...nested].map(([name, one]) => [name, { Type: one.type, ...askedView(one, one.nested) }]),
    ),
  }),
});

const parameterView = ({ schema, value, preset }: Validated['parameters'][number]) => ({
  Type: TYPES[schema.type],
  Label: schema.label,
  Description: schema.description,
  NoEcho: String(schema.hidden),
  ...(preset !== undefined && preset !== null && { Default: preset }),
  ...(value !== undefined && value !== null && { Value: schema.hidden ? '******' : textOf(value) }),
  ...(schema.tags.length > 0 && { Tags: schema.tags }),
  ...Object.assign({}, ...schema.constraints.map(constraintView)),
});

const textOf = (value: Json): Json => (typeof value === 'string' ? value : jsonText(value));

function constraintView(constraint: Constraint): object {
  const said = constraint.description === undefined ? {} : { ConstraintDescription: constraint.description };
  return { ...said, ...ruleView(constraint) };
}

function ruleView(constraint: Constraint): object {
  if ('length' in constraint) return bounds('Length', constraint.length);
  if ('range' in constraint) return bounds('Value', constraint.range);
  if ('modulo' in constraint) return { Modulo: constraint.modulo };
  if ('allowed_values' in constraint) return { AllowedValues: constraint.allowed_values };
  if ('allowed_pattern' in constraint) return { AllowedPattern: constraint.allowed_pattern };
  return { CustomConstraint: constraint.custom_constraint };
}

const bounds = (what: string, { min, max }: { readonly min?: number; readonly max?: number }) => ({
  ...(min !== undefined && { [`Min${what}`]: min }),
  ...(max !== undefined && { [`Max${what}`]: max }),
});
