import { Value } from 'typebox/value';
import type { Route } from '#kernel/http/route.ts';
import type { Service } from '#kernel/http/service.ts';
import { isAlias, paramsOf, propertiesOf } from '../../tools/openapi.ts';
import type { ApiAnswer } from './api.ts';
import type { TestCloud } from './cloud.ts';
import { leastOf } from './schema-breaks.ts';

/** A route in its service, and how to call it. */
export interface RouteCall {
  readonly service: Service;
  readonly route: Route;
  /** What a failure calls it: `GET /container/v1/containers/:container [from 1.5]`. */
  readonly title: string;
  /** Names of the parameters in the path. */
  readonly params: readonly string[];
  /** Whether it is another way to write a path, with the same handler. */
  readonly alias: boolean;
}

export const routeCalls = (services: readonly Service[]): readonly RouteCall[] =>
  services.flatMap((service) => service.routes.map((route) => routeCall(service, route)));

function routeCall(service: Service, route: Route): RouteCall {
  const { method, url, since, until } = route;
  const forms = [since && `from ${since}`, until && `until ${until}`].filter(Boolean).join(' ');
  return {
    service,
    route,
    title: `${method} ${service.prefix}${url}${forms && ` [${forms}]`}`,
    params: paramsOf(url),
    alias: service.routes.some((other) => isAlias(route, other)),
  };
}

export interface RouteInput {
  readonly token?: string | undefined;
  /** What stands in the path for each parameter, already encoded. */
  readonly param: (name: string, index: number) => string;
  /** Sent as JSON; absent = the least that the route takes. */
  readonly body?: unknown;
  /** Without the question mark. */
  readonly query?: string;
}

/** The least that a route takes where its schema alone does not tell. */
const LEAST_BODIES: Readonly<Record<string, unknown>> = {
  'create-application-credential': { application_credential: { name: 'x' } },
  'create-ec2-credential': { tenant_id: 'x' },
  'import-image': { method: { name: 'glance-direct' } },
  'create-secret-metadatum': { key: 'x', value: 'x' },
  'update-secret-metadatum': { key: 'x', value: 'x' },
  'add-container-secret': { secret_ref: '11111111-2222-4333-8444-555555555555' },
  'remove-container-secret': { secret_ref: '11111111-2222-4333-8444-555555555555' },
  'act-on-volume': { 'os-reserve': {} },
  'act-on-snapshot': { 'os-force_delete': {} },
  'act-on-backup': { 'os-force_delete': {} },
  'act-on-attachment': { 'os-complete': {} },
  'act-on-group': { delete: {} },
  'act-on-group_snapshot': { reset_status: { status: 'error' } },
};

/** Calls a route in the microversion in which it exists. */
export function callRoute(cloud: TestCloud, call: RouteCall, input: RouteInput): Promise<ApiAnswer> {
  const { service, route } = call;
  let index = 0;
  const path = route.url.replaceAll(/:(\w+)/g, (_, name: string) => input.param(name, index++));
  const version = route.until ?? service.microversions?.max;
  const query = input.query === undefined ? '' : `?${input.query}`;
  return cloud.call(route.method, service.prefix + path + query, {
    ...(input.token === undefined ? {} : { token: input.token }),
    ...payloadOf(route, input.body),
    headers: {
      ...contentTypeOf(route),
      ...(service.microversions && { 'openstack-api-version': `${service.microversions.word} ${version}` }),
    },
  });
}

function payloadOf(route: Route, given: unknown): { body?: Buffer } {
  if (route.streams) return { body: Buffer.from('bytes') };
  if (!route.body) return {};
  const body = given === undefined ? leastBody(route) : given;
  return { body: Buffer.from(JSON.stringify(body)) };
}

function contentTypeOf({ streams, body, mediaTypes }: Route): Record<string, string> {
  const type = streams?.[0] ?? (body ? (mediaTypes?.[0] ?? 'application/json') : undefined);
  return type === undefined ? {} : { 'content-type': type };
}

export function leastBody({ name, body, parameters }: Route): unknown {
  const least = LEAST_BODIES[name];
  if (least !== undefined || !body) return least;
  if (parameters) return leastOf(parameters);
  try {
    return Value.Create(body) ?? {};
  } catch {
    return {};
  }
}

const ABSURD = [null, -1, 1e300, '', '\0', 'ö💧'.repeat(300), [null], { x: [] }];

/** Bodies that are right but for one field, at any depth, which is absurd. */
export function absurdBodies(route: Route): readonly unknown[] {
  const least = leastBody(route);
  return fieldsOf(route.body as Schema).flatMap((path) =>
    ABSURD.map((value) => withField(least, path, value)),
  );
}

/** Query strings with one absurd value for a name that the route knows, or that many routes know. */
export function absurdQueries({ query }: Route): readonly string[] {
  const names = [...Object.keys(propertiesOf(query)), 'limit', 'marker', 'sort_key'];
  const values = ['', '-1', '1e300', 'x', '%00', '%ff', encodeURIComponent(`'; -- ö💧`), 'x'.repeat(3_000)];
  return names.flatMap((name) => [...values.map((value) => `${name}=${value}`), `${name}=a&${name}=b`]);
}

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}
type Path = readonly string[];

function fieldsOf({ properties = {}, items, anyOf = [] }: Schema): readonly Path[] {
  const named = Object.entries(properties).flatMap(([name, schema]) => [
    [name],
    ...fieldsOf(schema).map((path) => [name, ...path]),
  ]);
  const listed = items ? fieldsOf(items).map((path) => ['0', ...path]) : [];
  return [...named, ...listed, ...anyOf.flatMap(fieldsOf)];
}

function withField(whole: unknown, [first, ...rest]: Path, value: unknown): unknown {
  if (first === undefined) return value;
  if (first === '0') return [withField(Array.isArray(whole) ? whole[0] : undefined, rest, value)];
  const fields = (whole ?? {}) as Readonly<Record<string, unknown>>;
  return { ...fields, [first]: withField(fields[first], rest, value) };
}

/** One that waits for its database lets others go on. */
const AT_ONCE = 6;

/**
 * Judges each call, some at once.
 * @returns a line for each that something is wrong with, which names the route: `expect(…).toEqual([])`.
 */
export async function complaints(
  calls: readonly RouteCall[],
  judge: (call: RouteCall) => Promise<string | false> | string | false,
): Promise<readonly string[]> {
  const found: string[] = [];
  const left = calls.values();
  const judgeTheRest = async () => {
    for (const call of left) {
      const complaint = await judge(call);
      if (complaint !== false) found.push(`${call.title}: ${complaint}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, judgeTheRest));
  return found;
}
