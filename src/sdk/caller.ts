import { notFound } from '#kernel/errors.ts';
import type { HttpAnswer } from './answer.ts';

/** Calls to a cloud's APIs, as one user: a `Session` in a program, the dashboard's own in a browser. */
export interface Caller {
  /** @returns the parsed body; undefined where there is none. @throws CloudError in the API's own words. */
  call<T>(service: string, method: string, path: string, call?: Call): Promise<T>;
  /** An answer that the caller reads as it comes. */
  open(service: string, method: string, path: string, call?: Call): Promise<HttpAnswer>;
}

export interface Call {
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** URLs by type of service, without a slash at the end. */
export type Endpoints = Readonly<Record<string, string>>;

/** Services of Hydria's own, which no catalogue names, stand beside the containers'. */
const OWN: Readonly<Record<string, string>> = { events: '/events', audit: '/audit' };

/** @throws CloudError `not-found` */
export function endpointOf(endpoints: Endpoints, service: string): string {
  const own = OWN[service];
  const url = own === undefined ? endpoints[service] : URL.parse(own, endpoints['container'])?.href;
  if (url === undefined) throw notFound(`The catalogue has no service of type ${service}.`);
  return url;
}

export function searchOf(query: Call['query']): string {
  const given = Object.entries(query ?? {}).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as [string, string]],
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
}

/** The newest of what the verbs need; a service that is not named in it answers in its oldest. */
export const versionsHeader = { 'openstack-api-version': 'container 1.40, volume 3.70' };

/** What Keystone says of a token, as far as it is looked at here. */
export interface TokenBody {
  readonly token: {
    readonly expires_at: string;
    readonly catalog?: readonly { readonly type: string; readonly endpoints: readonly Endpoint[] }[];
  };
}

interface Endpoint {
  readonly interface: string;
  readonly region_id?: string | null;
  readonly url: string;
}

/** @param access which of the endpoints are wanted; region null = any */
export const endpointsIn = (
  { catalog }: TokenBody['token'],
  access: { readonly interface: string; readonly region: string | null },
): Endpoints =>
  Object.fromEntries(
    (catalog ?? []).flatMap(({ type, endpoints }) => {
      const chosen = endpoints.find((one) => fits(one, access));
      return chosen ? [[type, chosen.url.replace(/\/+$/, '')]] : [];
    }),
  );

/** Where a region is reached: what its containers' API is on. */
export interface Region {
  readonly name: string;
  readonly origin: string;
}

export const regionsIn = ({ catalog }: TokenBody['token']): readonly Region[] =>
  (catalog ?? [])
    .filter(({ type }) => type === 'container')
    .flatMap(({ endpoints }) =>
      endpoints.flatMap(({ interface: kind, region_id: name, url }) =>
        kind === 'public' && name ? [{ name, origin: new URL(url).origin }] : [],
      ),
    );

const fits = ({ interface: kind, region_id }: Endpoint, access: Parameters<typeof endpointsIn>[1]): boolean =>
  kind === access.interface && (access.region === null || region_id === access.region);
