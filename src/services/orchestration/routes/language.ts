import { Type } from 'typebox';
import { badRequest, messageOf, notFound } from '#kernel/errors.ts';
import { matchesWhole } from '#kernel/bounded-match.ts';
import { route, type Route } from '#kernel/http/route.ts';
import type { ResourceTypes } from '../resources/registry.ts';
import type { ResourceType } from '../resources/resource-type.ts';
import { showAttributes, showProperties } from '../resources/property.ts';
import { providerTemplate } from '../resources/provider-template.ts';
import { FlagText, isTrue, ProjectParams } from '../schema/common.ts';
import { templateFunctions, templateVersions } from '../template/versions.ts';

const ListTypes = Type.Object({
  name: Type.Optional(Type.String({ maxLength: 255 })),
  version: Type.Optional(Type.String({ maxLength: 255 })),
  support_status: Type.Optional(Type.String({ maxLength: 255 })),
  with_description: FlagText,
});
const TypeParams = Type.Object({ ...ProjectParams.properties, type_name: Type.String() });
const VersionParams = Type.Object({ ...ProjectParams.properties, template_version: Type.String() });
const TYPES = '/v1/:tenant_id/resource_types';

/** What templates are made of: types of resources, versions of the language and their functions. */
export const languageRoutes = (types: ResourceTypes): Route[] => [
  route({
    method: 'GET',
    url: TYPES,
    name: 'list-resource-types',
    summary: 'List what stacks can be made of.',
    access: { rule: 'stacks:list_resource_types' },
    params: ProjectParams,
    query: ListTypes,
    status: 200,
    async handle({ query }) {
      const found = types.all
        .filter((type) => isWanted(type, query))
        .toSorted((left, right) => (left.name < right.name ? -1 : 1));
      const described = isTrue(query.with_description);
      return {
        resource_types: found.map(({ name, description }) =>
          described ? { resource_type: name, description } : name,
        ),
      };
    },
  }),
  route({
    method: 'GET',
    url: `${TYPES}/:type_name`,
    name: 'get-resource-type',
    summary: 'Show what a type of resource takes and tells.',
    access: { rule: 'stacks:resource_schema' },
    params: TypeParams,
    query: Type.Object({ with_description: FlagText }),
    status: 200,
    async handle({ params, query }) {
      const type = typeNamed(types, params.type_name);
      return {
        resource_type: type.name,
        properties: showProperties(type.properties),
        attributes: showAttributes(type.attributes),
        support_status: supportOf(type),
        ...(isTrue(query.with_description) && { description: type.description }),
      };
    },
  }),
  route({
    method: 'GET',
    url: `${TYPES}/:type_name/template`,
    name: 'get-resource-type-template',
    summary: 'Have a template written that uses a type.',
    access: { rule: 'stacks:generate_template' },
    params: TypeParams,
    query: Type.Object({ template_type: Type.Optional(Type.String({ maxLength: 255 })) }),
    status: 200,
    async handle({ params, query: { template_type: language = 'cfn' } }) {
      const { name, properties, attributes } = typeNamed(types, params.type_name);
      if (language !== 'hot' && language !== 'cfn')
        throw badRequest(`Template type is not supported: ${language}, valid types are: cfn, hot.`);
      return providerTemplate({ type: name, properties, attributes }, language);
    },
  }),
  ...versionRoutes(),
];

const versionRoutes = (): Route[] => [
  route({
    method: 'GET',
    url: '/v1/:tenant_id/template_versions',
    name: 'list-template-versions',
    summary: 'List the versions of the template language.',
    access: { rule: 'stacks:list_template_versions' },
    params: ProjectParams,
    status: 200,
    handle: async () => ({ template_versions: templateVersions() }),
  }),
  route({
    method: 'GET',
    url: '/v1/:tenant_id/template_versions/:template_version/functions',
    name: 'list-template-functions',
    summary: 'List the functions of a version of the template language.',
    access: { rule: 'stacks:list_template_functions' },
    params: VersionParams,
    query: Type.Object({ with_condition_func: FlagText }),
    status: 200,
    async handle({ params, query }) {
      const withConditions = isTrue(query.with_condition_func);
      const found = templateFunctions(params.template_version, { withConditions });
      if (!found)
        throw notFound(`The Template version (${params.template_version}) could not be found.`, {
          code: 'EntityNotFound',
        });
      return { template_functions: found };
    },
  }),
];

function typeNamed(types: ResourceTypes, name: string): ResourceType {
  const type = types.find(name);
  if (!type) throw notFound(`The Resource Type (${name}) could not be found.`, { code: 'EntityNotFound' });
  return type;
}

const supportOf = ({ support }: ResourceType) => ({
  status: support?.status ?? 'SUPPORTED',
  version: support?.version ?? null,
  message: support?.message ?? null,
  previous_status: null,
});

interface TypeQuery {
  readonly name?: string;
  readonly version?: string;
  readonly support_status?: string;
}

/** The name may be the beginning of one, or a pattern. */
function isWanted(type: ResourceType, { name, version, support_status }: TypeQuery): boolean {
  const { status, version: since } = supportOf(type);
  if (support_status !== undefined && support_status !== status) return false;
  if (version !== undefined && version !== since) return false;
  return name === undefined || isNamed(type.name, name);
}

function isNamed(name: string, pattern: string): boolean {
  try {
    return matchesWhole(`(?:${pattern}).*`, name);
  } catch (cause) {
    throw badRequest(`The pattern '${pattern}' cannot be applied: ${messageOf(cause)}`, { cause });
  }
}
