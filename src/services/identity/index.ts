import { keystoneFaults } from '#kernel/http/faults.ts';
import { defineService, type Service } from '#kernel/http/service.ts';
import { bootstrapIdentity, type BootstrapOptions } from './bootstrap.ts';
import { createIdentity } from './migrations/0001-identity.ts';
import { addExtra } from './migrations/0002-extra.ts';
import { addAuthentication } from './migrations/0006-authentication.ts';
import type { PasswordRules } from './model/password-rules.ts';
import { identityPolicy } from './policy.ts';
import type { IdentityPort } from './port.ts';
import { identityReconcilers } from './reconcile.ts';
import { appCredentialRoutes } from './routes/app-credentials.ts';
import { assignmentRoutes } from './routes/assignments.ts';
import { authRoutes } from './routes/auth.ts';
import { authScopeRoutes } from './routes/auth-scopes.ts';
import { catalogRoutes } from './routes/catalog.ts';
import { discoveryRoutes } from './routes/discovery.ts';
import { grantRoutes } from './routes/grants.ts';
import { domainRoutes, projectRoutes } from './routes/projects.ts';
import { roleRoutes } from './routes/roles.ts';
import { tokenKeyRoutes } from './routes/token-keys.ts';
import { groupRoutes, userRoutes } from './routes/users.ts';
import { AppCredentialService } from './service/app-credentials.ts';
import { AssignmentService } from './service/assignments.ts';
import { AuthenticationService } from './service/authentication.ts';
import { CatalogAdmin } from './service/catalog.ts';
import { tellOthersLater } from './service/changes.ts';
import type { IdentityDeps } from './service/deps.ts';
import { GroupService } from './service/groups.ts';
import { Passwords } from './service/passwords.ts';
import { ProjectService } from './service/projects.ts';
import { RoleService } from './service/roles.ts';
import { Revocations } from './service/revocations.ts';
import { TokenKeyService } from './service/token-keys.ts';
import { EXPIRED_WINDOW_MS, TokenService } from './service/tokens.ts';
import { StoredTotpSecrets } from './service/totp.ts';
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

export function createIdentityService(options: IdentityOptions): Identity {
  const lifetime = options.tokenLifetime ?? HOUR;
  const rules = options.passwordRules ?? {};
  const usefulFor = lifetime + EXPIRED_WINDOW_MS;
  const keys = new TokenKeys({ ...options, usefulFor, signsFor: options.tokenKeyLifetime ?? Infinity });
  const codec = new TokenCodec(keys);
  const revocations = new Revocations({ ...options, usefulFor });
  const tokens = new TokenService({ ...options, codec, keys, revocations, lifetime });
  const identityChanged = () => {
    tokens.identityChanged();
    void tellOthersLater(options.database, options.log);
  };
  const deps: IdentityDeps = { ...options, identityChanged };
  const passwords = new Passwords({ ...options, rules });
  const totpSecrets = new StoredTotpSecrets(options);
  const proving = { ...options, tokens, passwords, rules, totpSecrets, keys, revocations };
  const projects = new ProjectService({ ...deps, revocations });
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
        authentication: new AuthenticationService(proving),
        tokens,
        catalog,
        policy: options.policy,
      }),
      ...tokenKeyRoutes(new TokenKeyService({ ...deps, keys })),
      ...authScopeRoutes(deps),
      ...domainRoutes(projects),
      ...projectRoutes(projects),
      ...userRoutes(new UserService({ ...deps, tokens, passwords })),
      ...groupRoutes(new GroupService(deps)),
      ...roleRoutes(roles),
      ...grantRoutes(roles),
      ...assignmentRoutes(new AssignmentService(deps)),
      ...catalogRoutes(catalog),
      ...appCredentialRoutes(new AppCredentialService(deps), tokens),
    ],
    migrations: [createIdentity, addExtra, addAuthentication],
    reconcilers: identityReconcilers({ ...proving, catalog, identityChanged }),
  });
  const port: IdentityPort = {
    authenticate: (token, leniency) => tokens.authenticate(token, leniency),
    limits: async () => ({}),
  };
  return {
    service,
    port,
    async start(bootstrap) {
      await keys.begin(options.tokenKeys);
      await revocations.load();
      await bootstrapIdentity(deps, bootstrap);
    },
  };
}
