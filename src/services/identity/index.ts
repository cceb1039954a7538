import { keystoneFaults } from '#kernel/http/faults.ts';
import { defineService, type Service } from '#kernel/http/service.ts';
import { bootstrapIdentity, type BootstrapOptions } from './bootstrap.ts';
import { createIdentity } from './migrations/0001-identity.ts';
import { addExtra } from './migrations/0002-extra.ts';
import { createDelegation } from './migrations/0003-delegation.ts';
import { createLimits } from './migrations/0004-limits.ts';
import { createCatalogFilters } from './migrations/0005-catalog-filters.ts';
import { addAuthentication } from './migrations/0006-authentication.ts';
import type { PasswordRules } from './model/password-rules.ts';
import { identityPolicy } from './policy.ts';
import type { IdentityPort } from './port.ts';
import { identityReconcilers } from './reconcile.ts';
import { accessRuleRoutes } from './routes/access-rules.ts';
import { appCredentialRoutes } from './routes/app-credentials.ts';
import { assignmentRoutes } from './routes/assignments.ts';
import { authRoutes } from './routes/auth.ts';
import { authScopeRoutes } from './routes/auth-scopes.ts';
import { catalogRoutes } from './routes/catalog.ts';
import { credentialRoutes, signatureRoutes } from './routes/credentials.ts';
import { discoveryRoutes } from './routes/discovery.ts';
import { domainConfigRoutes } from './routes/domain-config.ts';
import { endpointFilterRoutes } from './routes/endpoint-filter.ts';
import { policyRoutes } from './routes/policies.ts';
import { grantRoutes } from './routes/grants.ts';
import { oauthRoutes } from './routes/oauth.ts';
import { domainRoutes, projectRoutes } from './routes/projects.ts';
import { limitRoutes } from './routes/limits.ts';
import { revocationRoutes } from './routes/revocations.ts';
import { roleRoutes } from './routes/roles.ts';
import { tokenKeyRoutes } from './routes/token-keys.ts';
import { trustRoutes } from './routes/trusts.ts';
import { groupRoutes, userRoutes } from './routes/users.ts';
import { AccessRuleService } from './service/access-rules.ts';
import { AppCredentialService } from './service/app-credentials.ts';
import { AssignmentService } from './service/assignments.ts';
import { AuthenticationService } from './service/authentication.ts';
import { CatalogAdmin } from './service/catalog.ts';
import { tellOthersLater } from './service/changes.ts';
import type { IdentityDeps } from './service/deps.ts';
import { Ec2Authentication } from './service/ec2.ts';
import { DomainConfigService } from './service/domain-config.ts';
import { EndpointFilterService } from './service/endpoint-filter.ts';
import { PolicyDocumentService } from './service/policies.ts';
import { GroupService } from './service/groups.ts';
import { LimitBook } from './service/limit-book.ts';
import { LimitService } from './service/limits.ts';
import { OauthConsumerService } from './service/oauth-consumers.ts';
import { OauthTokenService } from './service/oauth-tokens.ts';
import { Passwords } from './service/passwords.ts';
import { ProjectService } from './service/projects.ts';
import { RoleService } from './service/roles.ts';
import { Revocations } from './service/revocations.ts';
import { TokenKeyService } from './service/token-keys.ts';
import { EXPIRED_WINDOW_MS, TokenService } from './service/tokens.ts';
import { StoredTotpSecrets } from './service/totp.ts';
import { TrustService } from './service/trusts.ts';
import { UserCredentialService } from './service/user-credentials.ts';
import { UserService } from './service/users.ts';
import { TokenCodec } from './tokens/codec.ts';
import { TokenKeys } from './tokens/keys.ts';

export interface IdentityOptions extends Omit<IdentityDeps, 'identityChanged'> {
  /** 32 bytes each: what a new cloud begins with; the first signs, all verify. */
  readonly tokenKeys: readonly Buffer[];
  /** Milliseconds a token lives; default one hour. */
  readonly tokenLifetime?: number;
  /** Milliseconds for which a key signs tokens; default: until somebody asks for another. */
  readonly tokenKeyLifetime?: number;
  readonly passwordRules?: PasswordRules;
}

export interface Identity {
  readonly service: Service;
  readonly port: IdentityPort;
  /** After the migrations, before the first request: what was revoked, and what every cloud has. */
  start(options: BootstrapOptions): Promise<void>;
}

const HOUR = 3_600_000;

const MIGRATIONS = [
  createIdentity,
  addExtra,
  createDelegation,
  createLimits,
  createCatalogFilters,
  addAuthentication,
];

export function createIdentityService(options: IdentityOptions): Identity {
  const { tokens, keys, revocations } = createTokens(options);
  const limitBook = new LimitBook(options);
  const identityChanged = () => {
    tokens.identityChanged();
    limitBook.forget();
    catalog.forget();
    void tellOthersLater(options.database, options.log);
  };
  const deps: IdentityDeps = { ...options, identityChanged };
  const rules = options.passwordRules ?? {};
  const passwords = new Passwords({ ...options, rules });
  const totpSecrets = new StoredTotpSecrets(options);
  const credentials = new UserCredentialService(deps);
  const oauth = new OauthTokenService(deps);
  const accessRules = new AccessRuleService(deps);
  const proving = { ...options, tokens, passwords, rules, totpSecrets, keys, revocations, oauth };
  const projects = new ProjectService({ ...deps, revocations });
  const roles = new RoleService(deps);
  const limits = new LimitService(deps);
  const catalog = new CatalogAdmin(deps);
  const service = defineService({
    name: 'identity',
    prefix: '/identity',
    catalog: { types: ['identity'], name: 'keystone', path: '/identity/v3' },
    faults: keystoneFaults,
    policy: identityPolicy,
    routes: [
      ...discoveryRoutes(),
      ...authRoutes({
        authentication: new AuthenticationService(proving),
        tokens,
        catalog,
        policy: options.policy,
      }),
      ...tokenKeyRoutes(new TokenKeyService({ ...deps, keys })),
      ...revocationRoutes(revocations),
      ...authScopeRoutes(deps),
      ...domainRoutes(projects),
      ...projectRoutes(projects, limits),
      ...userRoutes(new UserService({ ...deps, tokens, passwords })),
      ...groupRoutes(new GroupService(deps)),
      ...roleRoutes(roles),
      ...grantRoutes(roles),
      ...assignmentRoutes(new AssignmentService(deps)),
      ...catalogRoutes(catalog),
      ...accessRuleRoutes(accessRules),
      ...appCredentialRoutes(new AppCredentialService({ ...deps, accessRules }), tokens),
      ...credentialRoutes(credentials, tokens),
      ...signatureRoutes(new Ec2Authentication({ ...deps, credentials, tokens }), catalog),
      ...domainConfigRoutes(new DomainConfigService(deps)),
      ...oauthRoutes(new OauthConsumerService(deps), oauth, tokens),
      ...endpointFilterRoutes(new EndpointFilterService(deps)),
      ...policyRoutes(new PolicyDocumentService(deps)),
      ...limitRoutes(limits),
      ...trustRoutes(new TrustService(deps), tokens),
    ],
    migrations: MIGRATIONS,
    reconcilers: identityReconcilers({ ...proving, catalog, identityChanged }),
  });
  const port: IdentityPort = {
    authenticate: (token, leniency) => tokens.authenticate(token, leniency),
    limits: (service, projectId) => limitBook.limits(service, projectId),
  };
  return {
    service,
    port,
    async start(bootstrap) {
      limitBook.useRegion(bootstrap.region);
      await keys.begin(options.tokenKeys);
      await revocations.load();
      await bootstrapIdentity(deps, bootstrap);
    },
  };
}

/** Tokens with what they stand on. */
function createTokens(options: IdentityOptions) {
  const lifetime = options.tokenLifetime ?? HOUR;
  const usefulFor = lifetime + EXPIRED_WINDOW_MS;
  const keys = new TokenKeys({ ...options, usefulFor, signsFor: options.tokenKeyLifetime ?? Infinity });
  const codec = new TokenCodec(keys);
  const revocations = new Revocations({ ...options, usefulFor });
  return { keys, revocations, tokens: new TokenService({ ...options, codec, keys, revocations, lifetime }) };
}
