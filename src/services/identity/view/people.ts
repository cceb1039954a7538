import { microsecondsWithoutZone } from '#kernel/clock.ts';
import type { AppCredential } from '../model/credential.ts';
import type { Role } from '../model/role.ts';
import type { Group, User } from '../model/user.ts';

/** Optional attributes are left out, not null, when they were never given. */
export const userView = (user: User, base: string) => ({
  ...user.extra,
  id: user.id,
  name: user.name,
  domain_id: user.domainId,
  enabled: user.enabled,
  ...(user.defaultProjectId === null ? {} : { default_project_id: user.defaultProjectId }),
  ...(user.description === null ? {} : { description: user.description }),
  ...(user.email === null ? {} : { email: user.email }),
  password_expires_at: microsecondsWithoutZone(user.passwordExpiresAt),
  options: user.options,
  links: { self: `${base}/v3/users/${user.id}` },
});

export const groupView = (group: Group, base: string) => ({
  id: group.id,
  name: group.name,
  domain_id: group.domainId,
  description: group.description,
  links: { self: `${base}/v3/groups/${group.id}` },
});

export const roleView = (role: Role, base: string) => ({
  id: role.id,
  name: role.name,
  domain_id: role.domainId,
  description: role.description,
  options: role.options,
  links: { self: `${base}/v3/roles/${role.id}` },
});

export const appCredentialView = (
  credential: AppCredential,
  roles: ReadonlyMap<string, Role>,
  base: string,
) => ({
  id: credential.id,
  name: credential.name,
  description: credential.description,
  user_id: credential.userId,
  project_id: credential.projectId,
  roles: credential.roleIds.flatMap((id) => {
    const role = roles.get(id);
    return role ? [{ id, name: role.name, domain_id: role.domainId }] : [];
  }),
  expires_at: credential.expiresAt === null ? null : credential.expiresAt.slice(0, -1).padEnd(26, '0'),
  unrestricted: credential.unrestricted,
  ...(credential.accessRules === null ? {} : { access_rules: credential.accessRules }),
  links: { self: `${base}/v3/users/${credential.userId}/application_credentials/${credential.id}` },
});
