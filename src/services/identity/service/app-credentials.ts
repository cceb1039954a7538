import type { Ctx } from '#kernel/context.ts';
import { badRequest, forbidden } from '#kernel/errors.ts';
import { newHexId, newSecret } from '#kernel/ids.ts';
import { appCredentialNotFound, type AppCredential } from '../model/credential.ts';
import { parseExpiry } from '../model/expiry.ts';
import { nameTaken } from '../model/user.ts';
import type { Role } from '../model/role.ts';
import { hashGeneratedSecret, hashPassword } from '../passwords.ts';
import { appCredentialStore } from '../store/credentials.ts';
import { roleStore } from '../store/roles.ts';
import type { AccessRuleService, WantedAccessRule } from './access-rules.ts';
import { handleOf, storing, type IdentityDeps } from './deps.ts';
import type { ValidToken } from './tokens.ts';

export interface NewAppCredential {
  readonly name: string;
  readonly description?: string | null;
  readonly secret?: string;
  readonly roles?: readonly { readonly id?: string; readonly name?: string }[];
  readonly expires_at?: string | null;
  readonly unrestricted?: boolean;
  readonly access_rules?: readonly WantedAccessRule[];
}

interface AppCredentialDeps extends IdentityDeps {
  readonly accessRules: AccessRuleService;
}

/** Use-cases on application credentials. Only their own user makes them. */
export class AppCredentialService {
  readonly #deps: AppCredentialDeps;

  constructor(deps: AppCredentialDeps) {
    this.#deps = deps;
  }

  list(ctx: Ctx, userId: string, name?: string): Promise<AppCredential[]> {
    this.#authorize(ctx, 'identity:list_application_credentials', userId);
    return appCredentialStore.list(this.#db, userId, name);
  }

  async get(ctx: Ctx, userId: string, id: string): Promise<AppCredential> {
    this.#authorize(ctx, 'identity:get_application_credential', userId);
    const credential = await appCredentialStore.find(this.#db, id);
    if (!credential || credential.userId !== userId) throw appCredentialNotFound(id);
    return credential;
  }

  /** @returns the credential with its secret, which is never shown again. */
  async create(
    caller: ValidToken,
    userId: string,
    body: NewAppCredential,
  ): Promise<{ credential: AppCredential; secret: string }> {
    if (caller.payload.userId !== userId || caller.payload.scope.kind !== 'project')
      throw forbidden('Only its own user can create an application credential, with a token of a project.');
    if (caller.appCredential && !caller.appCredential.unrestricted)
      throw forbidden('Application credentials that are restricted cannot create others.');
    if (caller.delegation)
      throw forbidden('A token that was delegated cannot create application credentials.');
    const secret = body.secret ?? newSecret(64);
    const credential: AppCredential = {
      id: newHexId(),
      name: body.name,
      description: body.description ?? null,
      userId,
      projectId: caller.payload.scope.id,
      secretHash: body.secret === undefined ? hashGeneratedSecret(secret) : await hashPassword(secret),
      roleIds: chooseRoles(caller.roles, body.roles),
      expiresAt: parseExpiry(body.expires_at, this.#deps.clock.now()),
      unrestricted: body.unrestricted ?? false,
      accessRules: body.access_rules ? await this.#deps.accessRules.ensure(userId, body.access_rules) : null,
    };
    await storing(
      this.#deps,
      () => nameTaken('application_credential', body.name),
      (tx) => appCredentialStore.insert(tx, credential),
    );
    return { credential, secret };
  }

  async delete(ctx: Ctx, userId: string, id: string): Promise<void> {
    await this.get(ctx, userId, id);
    this.#authorize(ctx, 'identity:delete_application_credential', userId);
    await appCredentialStore.delete(this.#db, id);
    this.#deps.identityChanged();
  }

  async rolesOf(credentials: readonly AppCredential[]): Promise<Map<string, Role>> {
    if (credentials.length === 0) return new Map();
    return new Map((await roleStore.list(this.#db, {})).map((role) => [role.id, role]));
  }

  #authorize(ctx: Ctx, rule: string, userId: string): void {
    this.#deps.policy.authorize(ctx, rule, { user_id: userId });
  }

  get #db() {
    return handleOf(this.#deps);
  }
}

/** The roles named, each of which the caller must hold; all of the caller's when none is named. */
function chooseRoles(held: readonly Role[], wanted: NewAppCredential['roles']): string[] {
  if (wanted === undefined || wanted.length === 0) return held.map((role) => role.id);
  return wanted.map(({ id, name }) => {
    const role = held.find((one) => (id === undefined ? one.name === name : one.id === id));
    if (!role)
      throw badRequest(
        `Invalid application credential: the role ${id ?? name} is not yours in this project.`,
      );
    return role.id;
  });
}
