import type { Route } from '#kernel/http/route.ts';

/**
 * Every path may also end in `.json`. One that ends in a word gets a second route; one that ends in a parameter finds the
 * suffix in its value.
 */
export const withJsonSuffix = (routes: readonly Route[]): Route[] =>
  routes.flatMap((route) => {
    const last = /\/:(\w+)$/.exec(route.url)?.[1];
    if (last !== undefined)
      return [{ ...route, handle: (call) => route.handle({ ...call, params: strip(call.params, last) }) }];
    if (route.access === 'public') return [route];
    return [route, { ...route, url: `${route.url}.json`, name: `${route.name}-json` }];
  });

/** Parameters were validated by the route, and stay of the same shape. */
function strip(params: never, name: string): never {
  const values = params as Record<string, string>;
  return { ...values, [name]: values[name]?.replace(/\.json$/, '') } as never;
}
