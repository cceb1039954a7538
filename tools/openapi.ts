import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { CloudError, type ErrorKind } from '#kernel/errors.ts';
import { statusOf, statusTitle } from '#kernel/http/faults.ts';
import type { Access, Route } from '#kernel/http/route.ts';
import type { Service } from '#kernel/http/service.ts';

type Json = Record<string, unknown>;

/**
 * A service's API as an OpenAPI 3.1 document: what its definition says, in the definition's order. Forms of one call that
 * differ by microversion share an operation and are listed in `x-forms`; a path that is but another way to write one is
 * listed there, in `x-also`.
 */
export function openApiOf(service: Service, version: string): Json {
  const { name, prefix, microversions, routes } = service;
  const own = routes.filter((route) => !routes.some((other) => isAlias(route, other)));
  const paths = [...Map.groupBy(own, (route) => templateOf(route.url))];
  return {
    openapi: '3.1.0',
    info: { title: `Hydria: ${name}`, version },
    servers: [{ url: prefix }],
    ...(microversions && { 'x-microversions': microversions }),
    paths: Object.fromEntries(paths.map(([path, calls]) => [path, pathItemOf(service, calls)])),
    components: {
      securitySchemes: { token: { type: 'apiKey', in: 'header', name: 'X-Auth-Token' } },
    },
  };
}

/** `/v1/containers/:id` → `/v1/containers/{id}`. */
export const templateOf = (url: string): string => url.replaceAll(/:(\w+)/g, '{$1}');

/** The names of the parameters in a URL, in order. */
export const paramsOf = (url: string): readonly string[] =>
  [...url.matchAll(/:(\w+)/g)].map(([, name]) => name ?? '');

const OF_AN_ALIAS = new Set<keyof Route>(['name', 'url', 'handle']);

/** Whether a route was made of another with a new path and nothing else new: its name goes on where the other's ends. */
export function isAlias(route: Route, other: Route): boolean {
  if (!route.name.startsWith(`${other.name}-`)) return false;
  const keys = Object.keys(route) as (keyof Route)[];
  return keys.every((key) => OF_AN_ALIAS.has(key) || route[key] === other[key]);
}

function pathItemOf(service: Service, calls: readonly Route[]): Json {
  const operations = [...Map.groupBy(calls, (route) => route.method.toLowerCase())];
  return Object.fromEntries(operations.map(([method, forms]) => [method, operationOf(service, forms)]));
}

function operationOf(service: Service, forms: readonly Route[]): Json {
  const newest = newestOf(forms);
  const aliases = service.routes.filter((route) => isAlias(route, newest));
  return {
    operationId: newest.name,
    summary: newest.summary,
    ...accessOf(newest),
    ...(aliases.length > 0 && { 'x-also': aliases.map(({ url }) => templateOf(url)) }),
    ...(forms.length > 1 && { 'x-forms': forms.map(formOf) }),
    security: newest.access === 'public' ? [] : [{ token: [] }],
    parameters: [...pathParameters(forms), ...queryParameters(forms), ...versionHeader(service)],
    ...requestBodyOf(forms),
    responses: responsesOf(service, forms),
  };
}

/** The form that goes on existing, else the one that was defined last. */
const newestOf = (forms: readonly Route[]): Route =>
  forms.find(({ until }) => until === undefined) ?? (forms.at(-1) as Route);

const formOf = (form: Route): Json => ({
  operationId: form.name,
  summary: form.summary,
  ...accessOf(form),
});

const accessOf = ({ access, since, until }: Route): Json => ({
  'x-policy': policyOf(access),
  ...(since !== undefined && { 'x-since': since }),
  ...(until !== undefined && { 'x-until': until }),
});

const policyOf = (access: Access): string => (typeof access === 'string' ? access : access.rule);

function pathParameters(forms: readonly Route[]): Json[] {
  const names = paramsOf(newestOf(forms).url);
  return names.map((name) => ({
    name,
    in: 'path',
    required: true,
    schema: anyOf(forms.map(({ params }) => propertiesOf(params)[name] ?? { type: 'string' })),
  }));
}

/** Each by its name; a query that takes any name is one parameter, in the form that OpenAPI has for that. */
function queryParameters(forms: readonly Route[]): Json[] {
  const queries = forms.flatMap(({ query }) => (query ? [query] : []));
  const free = queries.filter((query) => !('properties' in query));
  const names = new Set(queries.flatMap((query) => Object.keys(propertiesOf(query))));
  const named = [...names].map((name) => ({
    name,
    in: 'query',
    ...(queries.length === forms.length &&
      queries.every((query) => requiredOf(query).includes(name)) && { required: true }),
    schema: anyOf(queries.flatMap((query) => propertiesOf(query)[name] ?? [])),
  }));
  if (free.length === 0) return named;
  return [...named, { name: 'query', in: 'query', style: 'form', explode: true, schema: anyOf(free) }];
}

/** Schemas by name; none for a schema that takes any name, or is not there. */
export const propertiesOf = (schema: TSchema | undefined): Readonly<Record<string, TSchema>> =>
  schema !== undefined && 'properties' in schema ? (schema.properties as Record<string, TSchema>) : {};

const requiredOf = (schema: TSchema): readonly string[] =>
  'required' in schema ? (schema.required as readonly string[]) : [];

function versionHeader({ microversions }: Service): Json[] {
  if (!microversions) return [];
  const { word, min, max } = microversions;
  return [
    {
      name: 'OpenStack-API-Version',
      in: 'header',
      description: `\`${word} N.N\`, from ${min} to ${max}; without it, ${min}.`,
      schema: { type: 'string' },
    },
  ];
}

function requestBodyOf(forms: readonly Route[]): Json {
  const bodies = forms.flatMap(({ body, mediaTypes = ['application/json'] }) =>
    body ? mediaTypes.map((type) => ({ type, schema: body })) : [],
  );
  const streams = forms
    .flatMap((form) => form.streams ?? [])
    .map((type) => ({ type, schema: {} as TSchema }));
  const byType = [...Map.groupBy([...bodies, ...streams], ({ type }) => type)];
  if (byType.length === 0) return {};
  const content = byType.map(([type, shapes]) => [
    type,
    { schema: anyOf(shapes.map(({ schema }) => schema)) },
  ]);
  const required = forms.every(({ body }) => !body || !Value.Check(body, undefined));
  return { requestBody: { required, content: Object.fromEntries(content) } };
}

/** Success as each form has it, and the failures that its definition makes possible, in this upstream's statuses. */
function responsesOf(service: Service, forms: readonly Route[]): Json {
  const successes = [...Map.groupBy(forms, ({ status }) => status)].map(([status, answers]) => {
    const schemas = answers.flatMap(({ answer }) => answer ?? []);
    const content = { 'application/json': { schema: anyOf(schemas) } };
    return [String(status), { description: 'Success.', ...(schemas.length > 0 && { content }) }] as const;
  });
  const failures = [...new Set(forms.flatMap((form) => failuresOf(service, form)))].map((status) => {
    return [String(status), { description: `${statusTitle(status)}.` }] as const;
  });
  return Object.fromEntries([...failures, ...successes]);
}

function failuresOf(service: Service, form: Route): readonly number[] {
  const { access, params, query, body, streams } = form;
  const kinds: readonly (ErrorKind | false)[] = [
    (params ?? query ?? body) !== undefined && 'bad-request',
    access !== 'public' && 'unauthenticated',
    typeof access === 'object' && 'forbidden',
    params !== undefined && 'not-found',
    service.microversions !== undefined && 'unsupported-version',
    (body ?? streams) !== undefined && 'unsupported-media-type',
  ];
  return kinds.flatMap((kind) => (kind === false ? [] : statusOf(new CloudError(kind, ''), service.faults)));
}

/** One schema for several; those that are alike count once. */
function anyOf(schemas: readonly object[]): unknown {
  const distinct = [...new Map(schemas.map((schema) => [JSON.stringify(schema), schema])).values()];
  return distinct.length === 1 ? distinct[0] : { anyOf: distinct };
}
