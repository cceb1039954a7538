import { Type } from 'typebox';
import { Reply, route, type Call, type Method, type Route } from '#kernel/http/route.ts';
import { assertSupported, DEFAULT_CONFIG, type DomainConfig } from '../model/domain-config.ts';
import type { ConfigPlace, DomainConfigService } from '../service/domain-config.ts';

const Group = Type.Record(Type.String(), Type.Unknown());
const Body = Type.Object({ config: Type.Record(Type.String(), Group) });
/** Of one option a client sends `{driver: …}`, not the group around it. */
const OptionBody = Type.Object({ config: Type.Record(Type.String(), Type.Unknown()) });

/** The whole of a configuration, a group of it, one option: each a path deeper. */
const PLACES = [
  { noun: 'domain-config', path: '', params: ['id'], body: Body },
  { noun: 'domain-config-group', path: '/:group', params: ['id', 'group'], body: Body },
  {
    noun: 'domain-config-option',
    path: '/:group/:option',
    params: ['id', 'group', 'option'],
    body: OptionBody,
  },
] as const;

export const domainConfigRoutes = (configs: DomainConfigService): Route[] => [
  ...PLACES.flatMap((place) => [...defaultRoutes(place), ...placeRoutes(configs, place)]),
  route({
    method: 'PUT',
    url: '/v3/domains/:id/config',
    name: 'put-domain-config',
    summary: "Set a domain's configuration.",
    access: { rule: 'identity:create_domain_config' },
    params: paramsOf(['id']),
    body: Body,
    status: 201,
    async handle({ ctx, params, body }) {
      const domainId = params['id'] ?? '';
      const existed = await configs.replace(ctx, domainId, body.config);
      return new Reply({ config: await configs.get(ctx, { domainId }) }, { status: existed ? 200 : 201 });
    },
  }),
];

type Place = (typeof PLACES)[number];

function placeRoutes(configs: DomainConfigService, { noun, path, params, body }: Place): Route[] {
  const common = (method: Method, verb: string) => ({
    method,
    url: `/v3/domains/:id/config${path}`,
    name: `${method.toLowerCase()}-${noun}`,
    access: { rule: `identity:${verb}_domain_config` },
    params: paramsOf(params),
  });
  const show = async ({ ctx, params: given }: Call) => {
    const place = placeOf(given);
    return { config: unwrapped(await configs.get(ctx, place), place) };
  };
  return [
    route({ ...common('GET', 'get'), summary: "Show a domain's configuration.", status: 200, handle: show }),
    route({
      ...common('HEAD', 'get'),
      summary: 'Whether a domain has a configuration.',
      status: 200,
      handle: async (call: Call) => void (await show(call)),
    }),
    route({
      ...common('PATCH', 'update'),
      summary: "Change a domain's configuration.",
      body,
      status: 200,
      async handle({ ctx, params: given, body }) {
        const place = placeOf(given);
        const change = place.name === undefined ? body.config : wrapped(body.config, place);
        return { config: await configs.update(ctx, place, change as DomainConfig) };
      },
    }),
    route({
      ...common('DELETE', 'delete'),
      summary: "Delete a domain's configuration.",
      status: 204,
      handle: ({ ctx, params: given }: Call) => configs.delete(ctx, placeOf(given)),
    }),
  ];
}

const defaultRoutes = ({ noun, path, params }: Place): Route[] =>
  (['GET', 'HEAD'] as const).map((method) =>
    route({
      method,
      url: `/v3/domains/config${path}/default`,
      name: `${method.toLowerCase()}-default-${noun}`,
      summary: 'Show what holds where a domain has no configuration.',
      access: { rule: 'identity:get_domain_config_default' },
      params: paramsOf(params.filter((name) => name !== 'id')),
      status: 200,
      async handle({ params: given }: Call) {
        const { group, name } = placeOf(given);
        if (group !== undefined) assertSupported(group, name);
        const groupConfig = group === undefined ? undefined : (DEFAULT_CONFIG[group] ?? {});
        const whole = groupConfig === undefined ? DEFAULT_CONFIG : { [group ?? '']: groupConfig };
        const config = name === undefined ? whole : { [name]: groupConfig?.[name] ?? null };
        return method === 'GET' ? { config } : undefined;
      },
    }),
  );

const paramsOf = (names: readonly string[]) =>
  Type.Object(Object.fromEntries(names.map((name) => [name, Type.String()])));

function placeOf(params: unknown): ConfigPlace {
  const { id, group, option } = params as Readonly<Record<string, string | undefined>>;
  return {
    domainId: id ?? '',
    ...(group === undefined ? {} : { group }),
    ...(option === undefined ? {} : { name: option }),
  };
}

const unwrapped = (config: DomainConfig, { group, name }: ConfigPlace) =>
  name === undefined ? config : config[group ?? ''];

/** Clients send one option bare, or in its group. */
function wrapped(config: Readonly<Record<string, unknown>>, { group = '' }: ConfigPlace): object {
  return Object.hasOwn(config, group) ? config : { [group]: config };
}
