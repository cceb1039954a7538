import { Type } from 'typebox';
import { badRequest } from '#kernel/errors.ts';
import { Reply, route, type Call, type Route } from '#kernel/http/route.ts';
import type { OauthConsumer, OauthToken } from '../model/oauth.ts';
import { Nullable } from '../schema/common.ts';
import type { OauthConsumerService } from '../service/oauth-consumers.ts';
import type { NewOauthToken, OauthTokenService, SignedCall } from '../service/oauth-tokens.ts';
import type { TokenService } from '../service/tokens.ts';
import { roleView } from '../view/people.ts';
import { callerOf } from './caller.ts';
import { listLinks, resourceRoutes } from './resource.ts';

const root = '/v3/OS-OAUTH1';
const userUrl = '/v3/users/:user_id/OS-OAUTH1/access_tokens';
const Consumer = Type.Object({ description: Type.Optional(Nullable(Type.String())) });
const UserParams = Type.Object({ user_id: Type.String() });
const Params = Type.Object({ user_id: Type.String(), id: Type.String() });
const RoleParams = Type.Object({ user_id: Type.String(), id: Type.String(), role_id: Type.String() });
const Roles = Type.Array(
  Type.Object({ id: Type.Optional(Type.String()), name: Type.Optional(Type.String()) }),
  { minItems: 1, maxItems: 100 },
);
/** The signature is in a header; some clients send an empty object. */
const Nothing = Type.Union([Type.Object({}), Type.Undefined()]);
const open = { access: 'authenticated' } as const;

const consumerView = (consumer: OauthConsumer & { readonly secret?: string }, base: string) => ({
  id: consumer.id,
  description: consumer.description,
  ...(consumer.secret === undefined ? {} : { secret: consumer.secret }),
  links: { self: `${base}${root}/consumers/${consumer.id}` },
});

const accessTokenView = (token: OauthToken, base: string) => {
  const self = `${base}/v3/users/${token.userId}/OS-OAUTH1/access_tokens/${token.id}`;
  return {
    id: token.id,
    consumer_id: token.consumerId,
    project_id: token.projectId,
    authorizing_user_id: token.userId,
    expires_at: token.expiresAt,
    links: { self, roles: `${self}/roles` },
  };
};

export const oauthRoutes = (
  consumers: OauthConsumerService,
  oauth: OauthTokenService,
  tokens: TokenService,
): Route[] => [
  ...resourceRoutes({
    singular: 'consumer',
    plural: 'consumers',
    path: `${root}/consumers`,
    schema: { list: Type.Object({}), create: Consumer, update: Consumer },
    list: (ctx) => consumers.list(ctx),
    get: (ctx, id) => consumers.get(ctx, id),
    create: (ctx, body) => consumers.create(ctx, body),
    update: (ctx, id, body) => consumers.update(ctx, id, body),
    delete: (ctx, id) => consumers.delete(ctx, id),
    view: consumerView,
  }),
  ...handshakeRoutes(oauth, tokens),
  ...accessTokenRoutes(oauth),
];

const signed = ({ base, headers }: Pick<Call, 'base' | 'headers'>, path: string): SignedCall => ({
  method: 'POST',
  url: base + root + path,
  authorization: headers.authorization,
});

/** OAuth answers in the form of a query string. */
const formReply = ({ token, secret }: NewOauthToken) =>
  new Reply(
    new URLSearchParams({
      oauth_token: token.id,
      oauth_token_secret: secret,
      ...(token.expiresAt === null ? {} : { oauth_expires_at: token.expiresAt }),
    }).toString(),
    { headers: { 'content-type': 'application/x-www-form-urlencoded' } },
  );

const handshakeRoutes = (oauth: OauthTokenService, tokens: TokenService): Route[] => [
  route({
    method: 'POST',
    url: `${root}/request_token`,
    body: Nothing,
    mediaTypes: ['application/json', 'application/x-www-form-urlencoded'],
    name: 'create-oauth-request-token',
    summary: 'Ask for access to a project; signed by the consumer.',
    access: 'public',
    status: 201,
    async handle(call) {
      const projectId = call.headers['requested-project-id'];
      if (typeof projectId !== 'string') throw badRequest('The header Requested-Project-Id is missing.');
      return formReply(await oauth.request(signed(call, '/request_token'), projectId));
    },
  }),
  route({
    ...open,
    method: 'PUT',
    url: `${root}/authorize/:id`,
    name: 'authorize-oauth-request-token',
    summary: 'Let a consumer act for you with some of your roles.',
    params: Type.Object({ id: Type.String() }),
    body: Type.Object({ roles: Roles }),
    status: 200,
    async handle({ ctx, params, body, token }) {
      const caller = await callerOf(tokens, token);
      const verifier = await oauth.authorize(ctx, caller, { id: params.id, roles: body.roles });
      return { token: { oauth_verifier: verifier } };
    },
  }),
  route({
    method: 'POST',
    url: `${root}/access_token`,
    body: Nothing,
    mediaTypes: ['application/json', 'application/x-www-form-urlencoded'],
    name: 'create-oauth-access-token',
    summary: 'Turn a request that was authorised into access; signed by the consumer.',
    access: 'public',
    status: 201,
    handle: async (call) => formReply(await oauth.exchange(signed(call, '/access_token'))),
  }),
];

const accessTokenRoutes = (oauth: OauthTokenService): Route[] => [
  route({
    ...open,
    method: 'GET',
    url: userUrl,
    name: 'list-access-tokens',
    summary: 'List what consumers a user has given access.',
    params: UserParams,
    status: 200,
    async handle({ ctx, params, base }) {
      const found = await oauth.list(ctx, params.user_id);
      const self = `${base}/v3/users/${params.user_id}/OS-OAUTH1/access_tokens`;
      return { access_tokens: found.map((one) => accessTokenView(one, base)), ...listLinks(self) };
    },
  }),
  route({
    ...open,
    method: 'GET',
    url: `${userUrl}/:id`,
    name: 'get-access-token',
    summary: 'Show the access that a user gave.',
    params: Params,
    status: 200,
    handle: async ({ ctx, params, base }) => ({
      access_token: accessTokenView(await oauth.get(ctx, params.user_id, params.id), base),
    }),
  }),
  route({
    ...open,
    method: 'DELETE',
    url: `${userUrl}/:id`,
    name: 'delete-access-token',
    summary: 'Take access from a consumer, at once.',
    params: Params,
    status: 204,
    handle: ({ ctx, params }) => oauth.delete(ctx, params.user_id, params.id),
  }),
  route({
    ...open,
    method: 'GET',
    url: `${userUrl}/:id/roles`,
    name: 'list-access-token-roles',
    summary: 'List the roles that a consumer was given.',
    params: Params,
    status: 200,
    async handle({ ctx, params, base }) {
      const roles = await oauth.roles(ctx, params.user_id, params.id);
      const self = `${base}/v3/users/${params.user_id}/OS-OAUTH1/access_tokens/${params.id}/roles`;
      return { roles: roles.map((role) => roleView(role, base)), ...listLinks(self) };
    },
  }),
  route({
    ...open,
    method: 'GET',
    url: `${userUrl}/:id/roles/:role_id`,
    name: 'get-access-token-role',
    summary: 'Whether a consumer was given a role.',
    params: RoleParams,
    status: 200,
    handle: async ({ ctx, params, base }) => ({
      role: roleView(await oauth.role(ctx, params.user_id, params.id, params.role_id), base),
    }),
  }),
];
