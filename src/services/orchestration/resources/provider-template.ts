import type { ParameterSchema, ParameterType } from '../template/parameter-schema.ts';
import type { Json, JsonMap } from '../template/json.ts';
import type { AttributeSchema, PropertySchema, PropertySchemas, PropertyType } from './property.ts';

/** What a template that stands for a resource type is made of. */
export interface ProviderSource {
  readonly type: string;
  readonly properties: PropertySchemas;
  readonly attributes: { readonly [name: string]: AttributeSchema };
}

const HOT_TYPES: { readonly [type in PropertyType]: ParameterType } = {
  string: 'string',
  integer: 'number',
  number: 'number',
  boolean: 'boolean',
  list: 'comma_delimited_list',
  map: 'json',
  any: 'json',
};
const CFN_TYPES: { readonly [type in ParameterType]: string } = {
  string: 'String',
  number: 'Number',
  boolean: 'Boolean',
  comma_delimited_list: 'CommaDelimitedList',
  json: 'Json',
};

const mapValues = <T>(map: { readonly [name: string]: T }, make: (value: T, name: string) => Json): JsonMap =>
  Object.fromEntries(Object.entries(map).map(([name, value]) => [name, make(value, name)]));

/** The template that has the type's properties as parameters and its attributes as outputs: `…/template?template_type=`. */
export const providerTemplate = (source: ProviderSource, language: 'hot' | 'cfn'): JsonMap =>
  language === 'hot' ? hotTemplate(source) : cfnTemplate(source);

function hotTemplate({ type, properties, attributes }: ProviderSource): JsonMap {
  const name = nameOf(type);
  return {
    heat_template_version: '2016-10-14',
    description: `Initial template of ${name}`,
    parameters: mapValues(properties, hotParameter),
    resources: { [name]: { type, properties: mapValues(properties, (_, key) => ({ get_param: key })) } },
    outputs: mapValues(attributes, ({ description }, key) => ({
      description,
      value: { get_attr: [name, key] },
    })),
  };
}

function cfnTemplate({ type, properties, attributes }: ProviderSource): JsonMap {
  const name = nameOf(type);
  const value = ({ type: kind }: PropertySchema, key: string): Json =>
    kind === 'list' ? { 'Fn::Split': [',', { Ref: key }] } : { Ref: key };
  return {
    HeatTemplateFormatVersion: '2012-12-12',
    Description: `Initial template of ${name}`,
    Parameters: mapValues(properties, cfnParameter),
    Resources: { [name]: { Type: type, Properties: mapValues(properties, value) } },
    Outputs: mapValues(attributes, ({ description }, key) => ({
      Description: description,
      Value: { 'Fn::GetAtt': [name, key] },
    })),
  };
}

/** `OS::Nova::Server` is `Server`. */
const nameOf = (type: string): string => type.split('::').at(-1) ?? type;

function hotParameter({ type, description, default: preset, constraints = [] }: PropertySchema): JsonMap {
  return {
    type: HOT_TYPES[type],
    ...(description === undefined ? {} : { description }),
    ...(preset === undefined ? {} : { default: preset }),
    ...(constraints.length === 0 ? {} : { constraints: constraints as readonly Json[] }),
  };
}

function cfnParameter({ type, description, default: preset, constraints = [] }: PropertySchema): JsonMap {
  const said = Object.assign({}, ...constraints) as { readonly [kind: string]: Json };
  const bounds = (kind: string) => (said[kind] ?? {}) as { readonly min?: number; readonly max?: number };
  const allowed = type === 'boolean' ? ['True', 'true', 'False', 'false'] : said['allowed_values'];
  const parameter = {
    Type: CFN_TYPES[HOT_TYPES[type]],
    Description: description,
    Default: preset,
    MinLength: bounds('length').min,
    MaxLength: bounds('length').max,
    MinValue: bounds('range').min,
    MaxValue: bounds('range').max,
    AllowedValues: allowed,
    AllowedPattern: said['allowed_pattern'],
  };
  return Object.fromEntries(Object.entries(parameter).filter(([, value]) => value !== undefined)) as JsonMap;
}

const PROPERTY_TYPES: { readonly [type in ParameterType]: PropertyType } = {
  string: 'string',
  number: 'number',
  boolean: 'boolean',
  comma_delimited_list: 'list',
  json: 'map',
};

/** The properties of a resource that a template stands for: its parameters, all of which may change in place. */
export const propertiesOfParameters = (parameters: ReadonlyMap<string, ParameterSchema>): PropertySchemas =>
  Object.fromEntries(
    [...parameters.values()].map((parameter) => {
      const type = PROPERTY_TYPES[parameter.type];
      const schema: PropertySchema = {
        type,
        ...(parameter.description === '' ? {} : { description: parameter.description }),
        required: parameter.default === undefined,
        updateAllowed: true,
        constraints: parameter.constraints,
        convert: type === 'list' || type === 'map',
        hidden: parameter.hidden,
      };
      return [parameter.name, schema];
    }),
  );
