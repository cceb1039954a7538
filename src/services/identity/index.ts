import type { Vault } from '#kernel/vault/vault.ts';
import { keystoneFaults } from '#kernel/http/faults.ts';
import { defineService, type Service } from '#kernel/http/service.ts';
import { bootstrapIdentity, type BootstrapOptions } from './bootstrap.ts';
import { createIdentity } from './migrations/0001-identity.ts';
import { addExtra } from './migrations/0002-extra.ts';
import { createDelegation } from './migrations/0003-delegation.ts';
import { createLimits } from './migrations/0004-limits.ts';
import { createCatalogFilters } from './migrations/0005-catalog-filters.ts';
import { identityPolicy } from './policy.ts';
import type { IdentityPort } from './port.ts';
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
import { roleRoutes } from './routes/roles.ts';
import { trustRoutes } from './routes/trusts.ts';
import { groupRoutes, userRoutes } from './routes/users.ts';
import { AccessRuleService } from './service/access-rules.ts';
import { AppCredentialService } from './service/app-credentials.ts';
import { AssignmentService } from './service/assignments.ts';
import { AuthenticationService } from './service/authentication.ts';
import { CatalogAdmin } from './service/catalog.ts';
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
import { ProjectService } from './service/projects.ts';
import { RoleService } from './service/roles.ts';
import { TokenService } from './service/tokens.ts';
import { TrustService } from './service/trusts.ts';
import { UserCredentialService } from './service/user-credentials.ts';
import { UserService } from './service/users.ts';
import { TokenCodec } from './tokens/codec.ts';

export interface IdentityOptions extends Omit<IdentityDeps, 'identityChanged'> {
  readonly vault: Vault;
  /** 32 bytes each; the first signs, all verify. */
  readonly tokenKeys: readonly Buffer[];
  /** Milliseconds a token lives; default one hour. */
  readonly tokenLifetime?: number;
}

export interface Identity {
  readonly service: Service;
  readonly port: IdentityPort;
  /** After the migrations, before the first request: what was revoked, and what every cloud has. */
  start(options: BootstrapOptions): Promise<void>;
}

const HOUR = 3_600_000;

export function createIdentityService(options: IdentityOptions): Identity {
  const codec = new TokenCodec(options.tokenKeys);
  const tokens = new TokenService({ ...options, codec, lifetime: options.tokenLifetime ?? HOUR });
  const limitBook = new LimitBook(options);
  const identityChanged = () => {
    tokens.identityChanged();
    limitBook.forget();
    catalog.forget();
  };
  const deps: IdentityDeps = { ...options, identityChanged };
  const projects = new ProjectService(deps);
  const sealing = { ...deps, vault: options.vault };
  const credentials = new UserCredentialService(sealing);
  const oauth = new OauthTokenService(sealing);
  const accessRules = new AccessRuleService(deps);
  const roles = new RoleService(deps);
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
        authentication: new AuthenticationService({ ...options, tokens, oauth }),
        tokens,
        catalog,
      }),
      ...authScopeRoutes(deps),
      ...domainRoutes(projects),
      ...projectRoutes(projects),
      ...userRoutes(new UserService({ ...deps, tokens })),
      ...groupRoutes(new GroupService(deps)),
      ...roleRoutes(roles),
      ...grantRoutes(roles),
      ...assignmentRoutes(new AssignmentService(deps)),
      ...catalogRoutes(catalog),
      ...accessRuleRoutes(accessRules),
      ...appCredentialRoutes(new AppCredentialService({ ...deps, accessRules }), tokens),
      ...credentialRoutes(credentials, tokens),
      ...signatureRoutes(new Ec2Authentication({ ...deps, credentials, tokens }), catalog),
      ...domainConfigRoutes(new DomainConfigService(sealing)),
      ...oauthRoutes(new OauthConsumerService(sealing), oauth, tokens),
      ...endpointFilterRoutes(new EndpointFilterService(deps)),
      ...policyRoutes(new PolicyDocumentService(deps)),
      ...limitRoutes(new LimitService(deps)),
      ...trustRoutes(new TrustService(deps), tokens),
    ],
    migrations: [createIdentity, addExtra, createDelegation, createLimits, createCatalogFilters],
    reconcilers: [],
  });
  const port: IdentityPort = {
    authenticate: (token) => tokens.authenticate(token),
    limits: (service, projectId) => limitBook.limits(service, projectId),
  };
  return {
    service,
    port,
    async start(bootstrap) {
      limitBook.useRegion(bootstrap.region);
      await tokens.load();
      await bootstrapIdentity(deps, bootstrap);
    },
  };
}
