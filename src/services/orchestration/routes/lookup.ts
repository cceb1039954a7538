import { Type, type TObject } from 'typebox';
import { Reply, route, type Method, type Route } from '#kernel/http/route.ts';
import { NameParams } from '../schema/common.ts';
import type { StackService } from '../service/stacks.ts';
import { stackUrl } from '../view/links.ts';

const NAME = '/v1/:tenant_id/stacks/:stack_name';

/** What may be asked of a stack by its name alone, and is answered below its id. */
const PLACES: readonly (readonly [path: string, methods: readonly Method[]])[] = [
  ['', ['GET', 'PUT', 'PATCH', 'DELETE']],
  ['/resources', ['GET']],
  ['/events', ['GET']],
  ['/template', ['GET']],
  ['/environment', ['GET']],
  ['/files', ['GET']],
  ['/outputs', ['GET']],
  ['/actions', ['POST']],
];

/** By its name or id a stack is only found: where it is, clients ask again with the same method and body. */
export const lookupRoutes = (stacks: StackService): Route[] =>
  PLACES.flatMap(([path, methods]) => methods.map((method) => lookupRoute(stacks, method, path)));

const Anything: TObject = Type.Object({});

const lookupRoute = (stacks: StackService, method: Method, path: string): Route =>
  route({
    method,
    url: NAME + path,
    name: `${method.toLowerCase()}-stack${path.replace('/', '-')}-by-name`,
    summary: 'Say where a stack is, by its name.',
    access: { rule: 'stacks:lookup' },
    params: NameParams,
    ...(method === 'GET' || method === 'DELETE' ? {} : { body: Anything }),
    status: 302,
    async handle({ ctx, params, base, raw }) {
      const stack = await stacks.lookup(ctx, params.stack_name);
      const query = raw.url?.split('?')[1];
      const location = `${stackUrl(base, stack)}${path}${query === undefined ? '' : `?${query}`}`;
      return new Reply(null, { headers: { location } });
    },
  });
