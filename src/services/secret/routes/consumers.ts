import { route, type Route } from '#kernel/http/route.ts';
import { ContainerParams, PageQuery, pageOf, SecretParams } from '../schema/common.ts';
import { ContainerConsumer, SecretConsumer } from '../schema/sharing.ts';
import type { ConsumerService } from '../service/consumers.ts';
import type { ContainerService } from '../service/containers.ts';
import type { SecretService } from '../service/secrets.ts';
import { consumerView, containerView } from '../view/container.ts';
import { pageView } from '../view/page.ts';
import { secretView } from '../view/secret.ts';
import type { Ctx } from '#kernel/context.ts';
import type { ConsumerName } from '../store/consumers.ts';

type Params = { readonly secret_id: string } | { readonly container_id: string };

/** The calls on consumers are the same for secrets and containers. */
interface Place {
  readonly noun: 'secret' | 'container';
  readonly since?: string;
  readonly params: typeof SecretParams | typeof ContainerParams;
  readonly body: typeof SecretConsumer | typeof ContainerConsumer;
  /** The object as it is shown after a change. */
  readonly show: (ctx: Ctx, id: string, base: string) => Promise<object>;
}

export interface ConsumerRoutesDeps {
  readonly secrets: SecretService;
  readonly containers: ContainerService;
  readonly ofSecrets: ConsumerService;
  readonly ofContainers: ConsumerService;
}

export function consumerRoutes({
  secrets,
  containers,
  ofSecrets,
  ofContainers,
}: ConsumerRoutesDeps): Route[] {
  const secretPlace: Place = {
    noun: 'secret',
    since: '1.1',
    params: SecretParams,
    body: SecretConsumer,
    async show(ctx, id, base) {
      const secret = await secrets.get(ctx, id, 'secret_consumers:get');
      return secretView(secret, base, (await ofSecrets.ofAll([id])).get(id) ?? []);
    },
  };
  const containerPlace: Place = {
    noun: 'container',
    params: ContainerParams,
    body: ContainerConsumer,
    async show(ctx, id, base) {
      const container = await containers.get(ctx, id, 'container_consumers:get');
      return containerView(container, base, (await ofContainers.ofAll([id])).get(id) ?? []);
    },
  };
  return [...routesOf(secretPlace, ofSecrets), ...routesOf(containerPlace, ofContainers)];
}

function routesOf({ noun, since, params, body, show }: Place, consumers: ConsumerService): Route[] {
  const url = `/v1/${noun}s/:${noun}_id/consumers`;
  const about = { url, params, access: 'authenticated', status: 200, ...(since && { since }) } as const;
  const idOf = (given: Params) => ('secret_id' in given ? given.secret_id : given.container_id);
  return [
    route({
      ...about,
      method: 'GET',
      name: `list-${noun}-consumers`,
      summary: `See what uses a ${noun}.`,
      query: PageQuery,
      async handle({ ctx, params: given, query, base }) {
        const page = pageOf(query);
        const listed = await consumers.list(ctx, idOf(given), page);
        const at = base + url.replace(/:\w+/, idOf(given));
        return pageView({ name: 'consumers', url: at, query, page, listed, view: consumerView });
      },
    }),
    route({
      ...about,
      method: 'POST',
      name: `create-${noun}-consumer`,
      summary: `Say that something uses a ${noun}.`,
      body,
      async handle({ ctx, params: given, body: name, base }) {
        await consumers.add(ctx, idOf(given), name as ConsumerName);
        return show(ctx, idOf(given), base);
      },
    }),
    route({
      ...about,
      method: 'DELETE',
      name: `delete-${noun}-consumer`,
      summary: `Say that something uses a ${noun} no longer.`,
      body,
      async handle({ ctx, params: given, body: name, base }) {
        await consumers.remove(ctx, idOf(given), name as ConsumerName);
        return show(ctx, idOf(given), base);
      },
    }),
  ];
}
