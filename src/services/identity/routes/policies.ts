import { Type } from 'typebox';
import { route, type Call, type Route } from '#kernel/http/route.ts';
import type { PolicyAssociation, PolicyDocument } from '../model/policy-document.ts';
import { defined } from '../schema/common.ts';
import { CreatePolicy, ListPolicies, UpdatePolicy } from '../schema/policy-document.ts';
import type { PolicyDocumentService } from '../service/policies.ts';
import { endpointView } from '../view/catalog.ts';
import { listLinks, resourceRoutes } from './resource.ts';

const url = '/v3/policies/:id/OS-ENDPOINT-POLICY';
const Params = Type.Object({ id: Type.String() });

/** What a policy can be for, with the path that says so. */
const PLACES = [
  ['endpoint', 'endpoints/:endpoint_id', ['endpoint_id']],
  ['service', 'services/:service_id', ['service_id']],
  ['region-and-service', 'services/:service_id/regions/:region_id', ['service_id', 'region_id']],
] as const;

const policyView = (policy: PolicyDocument, base: string) => ({
  ...policy.extra,
  id: policy.id,
  type: policy.type,
  blob: policy.blob,
  links: { self: `${base}/v3/policies/${policy.id}` },
});

export const policyRoutes = (policies: PolicyDocumentService): Route[] => [
  ...resourceRoutes({
    singular: 'policy',
    plural: 'policies',
    schema: { list: ListPolicies, create: CreatePolicy, update: UpdatePolicy },
    list: (ctx, query) => policies.list(ctx, defined({ type: query.type })),
    get: (ctx, id) => policies.get(ctx, id),
    create: (ctx, body) => policies.create(ctx, body),
    update: (ctx, id, body) => policies.update(ctx, id, body),
    delete: (ctx, id) => policies.delete(ctx, id),
    view: policyView,
  }),
  ...PLACES.flatMap((place) => associationRoutes(policies, place)),
  route({
    method: 'GET',
    url: `${url}/endpoints`,
    name: 'list-policy-endpoints',
    summary: 'List the endpoints that a policy is for.',
    access: { rule: 'identity:list_endpoints_for_policy' },
    params: Params,
    status: 200,
    async handle({ ctx, params, base }) {
      const endpoints = await policies.endpointsOf(ctx, params.id);
      const self = `${base}/v3/policies/${params.id}/OS-ENDPOINT-POLICY/endpoints`;
      return { endpoints: endpoints.map((endpoint) => endpointView(endpoint, base)), ...listLinks(self) };
    },
  }),
  ...(['GET', 'HEAD'] as const).map((method) =>
    route({
      method,
      url: '/v3/endpoints/:id/OS-ENDPOINT-POLICY/policy',
      name: `${method.toLowerCase()}-endpoint-policy`,
      summary: 'Show the policy of an endpoint.',
      access: { rule: 'identity:get_policy_for_endpoint' },
      params: Params,
      status: 200,
      async handle({ ctx, params, base }) {
        const policy = await policies.policyOf(ctx, params.id);
        return method === 'GET' ? { policy: policyView(policy, base) } : undefined;
      },
    }),
  ),
];

function associationRoutes(
  policies: PolicyDocumentService,
  [noun, path, names]: (typeof PLACES)[number],
): Route[] {
  const params = Type.Object(Object.fromEntries(['id', ...names].map((name) => [name, Type.String()])));
  const act = (
    method: 'PUT' | 'GET' | 'HEAD' | 'DELETE',
    verb: 'associate' | 'checkAssociation' | 'dissociate',
  ) => {
    const rule = { associate: 'create', checkAssociation: 'check', dissociate: 'delete' }[verb];
    return route({
      method,
      url: `${url}/${path}`,
      name: `${method.toLowerCase()}-policy-${noun}`,
      summary: `Whether a policy is for a ${noun.replaceAll('-', ' ')}, and to change that.`,
      access: { rule: `identity:${rule}_policy_association` },
      params,
      status: 204,
      handle: ({ ctx, params: given }: Call) => policies[verb](ctx, toAssociation(given)),
    });
  };
  return [
    act('PUT', 'associate'),
    act('GET', 'checkAssociation'),
    act('HEAD', 'checkAssociation'),
    act('DELETE', 'dissociate'),
  ];
}

function toAssociation(params: unknown): PolicyAssociation {
  const { id, service_id, region_id, endpoint_id } = params as Readonly<Record<string, string>>;
  return {
    policyId: id ?? '',
    serviceId: service_id ?? '',
    regionId: region_id ?? '',
    endpointId: endpoint_id ?? '',
  };
}
