import { microsecondsWithoutZone, wireMicroseconds } from '#kernel/clock.ts';
import type { CatalogItem } from '../model/catalog.ts';
import type { Project } from '../model/project.ts';
import type { PartialProof } from '../service/authentication.ts';
import type { ValidToken } from '../service/tokens.ts';
import { catalogView } from './catalog.ts';

const named = ({ id, name }: { id: string; name: string }) => ({ id, name });
const time = (ms: number) => wireMicroseconds(new Date(ms).toISOString());

/** The first and the last. */
const ends = (ids: readonly string[]) => (ids.length < 3 ? ids : [ids[0], ids.at(-1)]);

/** The `token` of Keystone v3; `catalog` null = without one. */
export const tokenView = (valid: ValidToken, catalog: readonly CatalogItem[] | null) => ({
  methods: valid.payload.methods,
  user: {
    ...named(valid.user),
    domain: named(valid.userDomain),
    password_expires_at: microsecondsWithoutZone(valid.user.passwordExpiresAt),
  },
  audit_ids: ends(valid.payload.auditIds),
  issued_at: time(valid.payload.issuedAt),
  expires_at: time(valid.payload.expiresAt),
  ...scopeView(valid),
  ...(valid.payload.scope.kind === 'unscoped' ? {} : { roles: valid.roles.map(named) }),
  ...(valid.payload.scope.kind === 'unscoped' || catalog === null ? {} : { catalog: catalogView(catalog) }),
  ...appCredentialView(valid),
  ...delegationView(valid),
});

function scopeView({ payload, target }: ValidToken) {
  if (payload.scope.kind === 'system') return { system: { all: true } };
  if (!target) return {};
  const { project, domain }: { project: Project; domain: Project } = target;
  if (payload.scope.kind === 'domain') return { domain: named(domain) };
  return { project: { ...named(project), domain: named(domain) }, is_domain: false };
}

function appCredentialView({ appCredential }: ValidToken) {
  if (appCredential === null) return {};
  const { unrestricted, accessRules } = appCredential;
  const rules = accessRules === null ? {} : { access_rules: accessRules };
  return { application_credential: { ...named(appCredential), restricted: !unrestricted, ...rules } };
}

/** What was proved, and what is still asked for. */
export const receiptView = ({ user, userDomain, methods, required, issuedAt, expiresAt }: PartialProof) => ({
  receipt: {
    methods,
    user: { ...named(user), domain: named(userDomain) },
    issued_at: time(issuedAt),
    expires_at: time(expiresAt),
  },
  required_auth_methods: required,
});
function delegationView({ delegation }: ValidToken) {
  if (delegation === null) return {};
  if (delegation.kind === 'oauth1') {
    const { id, consumerId } = delegation.accessToken;
    return { 'OS-OAUTH1': { access_token_id: id, consumer_id: consumerId } };
  }
  const { trust } = delegation;
  return {
    'OS-TRUST:trust': {
      id: trust.id,
      impersonation: trust.impersonation,
      trustor_user: { id: trust.trustorUserId },
      trustee_user: { id: trust.trusteeUserId },
    },
  };
}
