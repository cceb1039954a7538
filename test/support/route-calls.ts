import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import type { Route } from '#kernel/http/route.ts';
import type { Service } from '#kernel/http/service.ts';
import type { ApiAnswer } from './api.ts';
import type { TestCloud } from './cloud.ts';

/** A route in its service, and how to call it. */
export interface RouteCall {
  readonly service: Service;
  readonly route: Route;
  /** What a failure calls it: `GET /container/v1/containers/:container [from 1.5]`. */
  readonly title: string;
  /** Names of the parameters in the path. */
  readonly params: readonly string[];
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
    params: [...url.matchAll(/:(\w+)/g)].map(([, name]) => name ?? ''),
  };
}

export interface RouteInput {
  readonly token?: string | undefined;
  /** What stands in the path for each parameter, already encoded. */
  readonly param: (name: string, index: number) => string;
  /** Sent as JSON; absent = the least that the schema takes. */
  readonly body?: unknown;
}

/** Calls a route in the microversion in which it exists. */
export function callRoute(cloud: TestCloud, call: RouteCall, input: RouteInput): Promise<ApiAnswer> {
  const { service, route } = call;
  let index = 0;
  const path = route.url.replaceAll(/:(\w+)/g, (_, name: string) => input.param(name, index++));
  const version = route.until ?? service.microversions?.max;
  return cloud.call(route.method, service.prefix + path, {
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
  const body = given === undefined ? sampleOf(route.body) : given;
  return { body: Buffer.from(JSON.stringify(body)) };
}

function contentTypeOf({ streams, body, mediaTypes }: Route): Record<string, string> {
  const type = streams?.[0] ?? (body ? (mediaTypes?.[0] ?? 'application/json') : undefined);
  return type === undefined ? {} : { 'content-type': type };
}

/** The least value that a schema takes; `{}` where none can be made. */
function sampleOf(schema: TSchema): unknown {
  try {
    return Value.Create(schema) ?? {};
  } catch {
    return {};
  }
}

/**
 * Judges each call in turn.
 * @returns a line for each that something is wrong with, which names the route: `expect(…).toEqual([])`.
 */
export async function complaints(
  calls: readonly RouteCall[],
  judge: (call: RouteCall) => Promise<string | false> | string | false,
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const call of calls) {
    const complaint = await judge(call);
    if (complaint !== false) found.push(`${call.title}: ${complaint}`);
  }
  return found;
}
