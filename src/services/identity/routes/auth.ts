import { Type } from 'typebox';
import { forbidden, notFound } from '#kernel/errors.ts';
import { Reply, route, type Call, type Route } from '#kernel/http/route.ts';
import { Authenticate, type AuthRequest } from '../schema/auth.ts';
import type { AuthenticationService } from '../service/authentication.ts';
import type { CatalogAdmin } from '../service/catalog.ts';
import type { TokenService, ValidToken } from '../service/tokens.ts';
import { catalogView } from '../view/catalog.ts';
import { tokenView } from '../view/token.ts';

interface AuthUseCases {
  readonly authentication: AuthenticationService;
  readonly tokens: TokenService;
  readonly catalog: CatalogAdmin;
}

const NoCatalog = Type.Object({
  nocatalog: Type.Optional(Type.String()),
  allow_expired: Type.Optional(Type.String()),
});

export const authRoutes = ({ authentication, tokens, catalog }: AuthUseCases): Route[] => {
  const catalogOf = (valid: ValidToken) =>
    catalog.catalog(valid.payload.scope.kind === 'project' ? valid.payload.scope.id : null);
  const view = async (valid: ValidToken, nocatalog: string | undefined) => ({
    token: tokenView(valid, nocatalog === undefined ? await catalogOf(valid) : null),
  });
  return [
    route({
      method: 'POST',
      url: '/v3/auth/tokens',
      name: 'issue-token',
      summary: 'Prove who you are and get a token.',
      access: 'public',
      query: NoCatalog,
      body: Authenticate,
      status: 201,
      async handle({ body, query, headers, base }) {
        const url = `${base}/v3/auth/tokens`;
        const call = { method: 'POST', url, authorization: headers.authorization };
        const { token, valid } = await authentication.issueToken(body.auth as AuthRequest, call);
        return new Reply(await view(valid, query.nocatalog), {
          headers: { 'x-subject-token': token, vary: 'X-Auth-Token' },
        });
      },
    }),
    ...(['GET', 'HEAD'] as const).map((method) =>
      route({
        method,
        url: '/v3/auth/tokens',
        name: method === 'GET' ? 'validate-token' : 'check-token',
        summary: 'Check a token and show what it means.',
        access: 'authenticated',
        query: NoCatalog,
        status: 200,
        async handle(call) {
          const { token, valid } = await subject(tokens, call);
          const headers = { 'x-subject-token': token, vary: 'X-Auth-Token' };
          return new Reply(method === 'GET' ? await view(valid, call.query.nocatalog) : undefined, {
            headers,
          });
        },
      }),
    ),
    route({
      method: 'DELETE',
      url: '/v3/auth/tokens',
      name: 'revoke-token',
      summary: 'Revoke a token, at once.',
      access: 'authenticated',
      status: 204,
      handle: async (call) => tokens.revoke((await subject(tokens, call)).valid.payload),
    }),
    route({
      method: 'GET',
      url: '/v3/auth/catalog',
      name: 'get-catalog',
      summary: "The catalogue of the token's scope.",
      access: 'authenticated',
      status: 200,
      async handle({ ctx, base }) {
        if (!ctx.project && !ctx.domainScope && !ctx.systemScope)
          throw forbidden('An unscoped token has no catalogue.');
        const items = await catalog.catalog(ctx.project?.id ?? null);
        return { catalog: catalogView(items), links: { self: `${base}/v3/auth/catalog` } };
      },
    }),
  ];
};

/** The token that the request is about: one's own, or anybody's for those who may look. */
async function subject(
  tokens: TokenService,
  { ctx, headers, token: own }: Pick<Call, 'ctx' | 'headers' | 'token'>,
): Promise<{ token: string; valid: ValidToken }> {
  const token = headers['x-subject-token'];
  if (typeof token !== 'string' || token === '') throw notFound('Could not find token.');
  const valid = await tokens.validate(token);
  if (!valid) throw notFound('Could not find token.');
  const mayLook =
    token === own || valid.payload.userId === ctx.user.id || ctx.isAdmin || ctx.roles.includes('service');
  if (!mayLook)
    throw forbidden('You are not authorized to perform the requested action: identity:validate_token.');
  return { token, valid };
}
