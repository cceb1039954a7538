import { Type, type Static } from 'typebox';
import { forbidden, notFound } from '#kernel/errors.ts';
import { Reply, route, type Call, type Route } from '#kernel/http/route.ts';
import type { Policy } from '#kernel/policy/policy.ts';
import { Authenticate, type AuthRequest } from '../schema/auth.ts';
import type { AuthenticationService } from '../service/authentication.ts';
import type { CatalogAdmin } from '../service/catalog.ts';
import type { TokenService, ValidToken } from '../service/tokens.ts';
import { catalogView } from '../view/catalog.ts';
import { receiptView, tokenView } from '../view/token.ts';

interface AuthUseCases {
  readonly authentication: AuthenticationService;
  readonly tokens: TokenService;
  readonly catalog: CatalogAdmin;
  readonly policy: Policy;
}

const NoCatalog = Type.Object({
  nocatalog: Type.Optional(Type.String()),
  allow_expired: Type.Optional(Type.String()),
});

export const authRoutes = (useCases: AuthUseCases): Route[] => {
  const { authentication, tokens, catalog } = useCases;
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
        const receipt = headers['openstack-auth-receipt'];
        const outcome = await authentication.authenticate(body.auth as AuthRequest, {
          receipt: typeof receipt === 'string' ? receipt : undefined,
          call: { method: 'POST', url: `${base}/v3/auth/tokens`, authorization: headers.authorization },
        });
        if ('receipt' in outcome) {
          const more = { 'openstack-auth-receipt': outcome.receipt, vary: 'X-Auth-Token' };
          return new Reply(receiptView(outcome.partial), { status: 401, headers: more });
        }
        return new Reply(await view(outcome.valid, query.nocatalog), {
          headers: { 'x-subject-token': outcome.token, vary: 'X-Auth-Token' },
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
          const { token, valid } = await subject(useCases, RULES[method], call);
          if (valid.appCredential?.accessRules && !heedsAccessRules(call)) throw tokenNotFound();
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
      handle: async (call) => tokens.revoke((await subject(useCases, 'revoke_token', call)).valid.payload),
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

const RULES = { GET: 'validate_token', HEAD: 'check_token' } as const;

const tokenNotFound = () => notFound('Could not find token.');

/** Whoever asks says so; a service that does not would take a token with access rules for one without. */
const heedsAccessRules = ({ headers }: Pick<Call, 'headers'>): boolean =>
  Number(headers['openstack-identity-access-rules'] ?? 0) >= 1;

/** The token that the request is about: one's own, or anybody's for those who may look. */
async function subject(
  { tokens, policy }: AuthUseCases,
  rule: string,
  { ctx, headers, query, token: own }: Pick<Call, 'ctx' | 'headers' | 'query' | 'token'>,
): Promise<{ token: string; valid: ValidToken }> {
  const token = headers['x-subject-token'];
  if (typeof token !== 'string' || token === '') throw tokenNotFound();
  const { allow_expired: late } = (query ?? {}) as Static<typeof NoCatalog>;
  const allowExpired = /^(1|true)$/i.test(late ?? '') && (ctx.isAdmin || ctx.roles.includes('service'));
  const valid = await tokens.validate(token, { allowExpired });
  if (!valid) throw tokenNotFound();
  const target = { user_id: valid.payload.userId };
  if (token !== own && !policy.allows(ctx, `identity:${rule}`, target))
    throw forbidden(`You are not authorized to perform the requested action: identity:${rule}.`);
  return { token, valid };
}
