import { randomBytes } from 'node:crypto';
import type { Ctx } from '#kernel/context.ts';
import type { Db } from '#kernel/db/database.ts';
import { badRequest, conflict, forbidden } from '#kernel/errors.ts';
import { newHexId } from '#kernel/ids.ts';
import type { Vault } from '#kernel/vault/vault.ts';
import {
  credentialContext,
  credentialNotFound,
  credentialScope,
  keyHashOf,
  parseEc2Keys,
  UNBOUND,
  type Ec2Keys,
  type KeyBounds,
  type UserCredential,
} from '../model/user-credential.ts';
import { projectNotFound } from '../model/project.ts';
import { userNotFound } from '../model/user.ts';
import type { CredentialChange, NewCredential } from '../schema/credential.ts';
import { projectStore } from '../store/projects.ts';
import { userCredentialStore } from '../store/user-credentials.ts';
import { userStore } from '../store/users.ts';
import { handleOf, storing, type IdentityDeps } from './deps.ts';
import type { ValidToken } from './tokens.ts';
import type { IdentityTables } from '../tables.ts';

/** A credential as its owner sees it: with the blob in the clear. */
export type OpenCredential = Omit<UserCredential, 'blobSealed'> & { readonly blob: string };

/** Use-cases on credentials: one's own, or anybody's for administrators. What is secret in them lies sealed. */
export class UserCredentialService {
  readonly #deps: IdentityDeps & { readonly vault: Vault };

  constructor(deps: IdentityDeps & { readonly vault: Vault }) {
    this.#deps = deps;
  }

  async list(ctx: Ctx, filter: { userId?: string; type?: string }): Promise<OpenCredential[]> {
    const found = await userCredentialStore.list(this.#db, filter);
    const own = found.filter(({ userId }) => this.#allows(ctx, 'identity:list_credentials', userId));
    return Promise.all(own.map((credential) => this.#open(credential)));
  }

  async get(ctx: Ctx, id: string): Promise<OpenCredential> {
    return this.#open(await this.#find(ctx, 'identity:get_credential', id));
  }

  async create(ctx: Ctx, body: NewCredential, bounds: KeyBounds = UNBOUND): Promise<OpenCredential> {
    const userId = body.user_id ?? ctx.user.id;
    this.#deps.policy.authorize(ctx, 'identity:create_credential', { user_id: userId });
    if (body.type === 'ec2' && !body.project_id)
      throw badRequest('A credential of the type ec2 needs a project_id.');
    const keys = body.type === 'ec2' ? { ...parseEc2Keys(body.blob), ...bounds } : null;
    const credential: OpenCredential = {
      id: keys ? keyHashOf(keys.access) : newHexId(),
      userId,
      projectId: body.project_id ?? null,
      type: body.type,
      blob: keys && isBound(bounds) ? JSON.stringify(keys) : body.blob,
      keyHash: keys && keyHashOf(keys.access),
    };
    await this.#assertReferences(credential);
    await this.#store(credential, (tx, sealed) => userCredentialStore.insert(tx, sealed));
    return credential;
  }

  async update(ctx: Ctx, id: string, change: CredentialChange): Promise<OpenCredential> {
    const before = await this.#open(await this.#find(ctx, 'identity:update_credential', id));
    const userId = change.user_id ?? before.userId;
    this.#deps.policy.authorize(ctx, 'identity:update_credential', { user_id: userId });
    const type = change.type ?? before.type;
    const blob = change.blob ?? before.blob;
    const keys = type === 'ec2' ? parseEc2Keys(blob) : null;
    if (before.type === 'ec2') assertBoundsKept(parseEc2Keys(before.blob), keys);
    const after: OpenCredential = {
      id,
      userId,
      projectId: change.project_id === undefined ? before.projectId : change.project_id,
      type,
      blob,
      keyHash: keys && keyHashOf(keys.access),
    };
    await this.#assertReferences(after);
    await this.#store(after, (tx, sealed) => userCredentialStore.update(tx, sealed));
    return after;
  }

  async delete(ctx: Ctx, id: string): Promise<void> {
    await this.#find(ctx, 'identity:delete_credential', id);
    await userCredentialStore.delete(this.#db, id);
    this.#deps.identityChanged();
  }

  /** New keys for EC2's signatures, bound by whatever the caller acts by. */
  createEc2(
    ctx: Ctx,
    caller: ValidToken,
    owner: { userId: string; projectId: string },
  ): Promise<OpenCredential> {
    this.#deps.policy.authorize(ctx, 'identity:ec2_create_credential', { user_id: owner.userId });
    const { scope } = caller.payload;
    const bounds = boundsOf(caller);
    if (isBound(bounds) && (scope.kind !== 'project' || scope.id !== owner.projectId))
      throw forbidden('A token that was delegated makes keys for its own project alone.');
    const blob = JSON.stringify({
      access: newHexId(),
      secret: randomBytes(16).toString('hex'),
      ...bounds,
    } satisfies Ec2Keys);
    const wanted = { type: 'ec2', blob, user_id: owner.userId, project_id: owner.projectId };
    return this.create(ctx, wanted, bounds);
  }

  async listEc2(ctx: Ctx, userId: string): Promise<OpenCredential[]> {
    this.#deps.policy.authorize(ctx, 'identity:ec2_list_credentials', { user_id: userId });
    const found = await userCredentialStore.list(this.#db, { userId, type: 'ec2' });
    return Promise.all(found.map((credential) => this.#open(credential)));
  }

  async getEc2(ctx: Ctx, userId: string, access: string): Promise<OpenCredential> {
    this.#deps.policy.authorize(ctx, 'identity:ec2_get_credential', { user_id: userId });
    const credential = await this.findByAccess(access);
    if (credential?.userId !== userId) throw credentialNotFound(access);
    return credential;
  }

  async deleteEc2(ctx: Ctx, userId: string, access: string): Promise<void> {
    const { id } = await this.getEc2(ctx, userId, access);
    this.#deps.policy.authorize(ctx, 'identity:ec2_delete_credential', { user_id: userId });
    await userCredentialStore.delete(this.#db, id);
    this.#deps.identityChanged();
  }

  async findByAccess(access: string): Promise<OpenCredential | undefined> {
    const credential = await userCredentialStore.findByKey(this.#db, keyHashOf(access));
    return credential && this.#open(credential);
  }

  async #find(ctx: Ctx, rule: string, id: string): Promise<UserCredential> {
    const credential = await userCredentialStore.find(this.#db, id);
    if (!credential || !this.#allows(ctx, rule, credential.userId)) throw credentialNotFound(id);
    return credential;
  }

  #allows(ctx: Ctx, rule: string, userId: string): boolean {
    return this.#deps.policy.allows(ctx, rule, { user_id: userId });
  }

  async #open({ blobSealed, ...credential }: UserCredential): Promise<OpenCredential> {
    const blob = await this.#deps.vault.open(credentialScope, blobSealed, credentialContext(credential.id));
    return { ...credential, blob: blob.toString() };
  }

  async #store(
    { blob, ...credential }: OpenCredential,
    write: (tx: Db<IdentityTables>, sealed: UserCredential) => Promise<unknown>,
  ): Promise<void> {
    const blobSealed = await this.#deps.vault.seal(credentialScope, blob, credentialContext(credential.id));
    const taken = () => conflict('Conflict occurred attempting to store credential - Duplicate entry.');
    await storing(this.#deps, taken, (tx) => write(tx, { ...credential, blobSealed }));
    this.#deps.identityChanged();
  }

  async #assertReferences({ userId, projectId }: OpenCredential): Promise<void> {
    if (!(await userStore.find(this.#db, userId))) throw userNotFound(userId);
    if (projectId !== null && !(await projectStore.find(this.#db, projectId)))
      throw projectNotFound(projectId);
  }

  get #db() {
    return handleOf(this.#deps);
  }
}

const boundsOf = ({ delegation, appCredential }: ValidToken): KeyBounds => ({
  trust_id: delegation?.kind === 'trust' ? delegation.trust.id : null,
  app_cred_id: appCredential?.id ?? null,
  access_token_id: delegation?.kind === 'oauth1' ? delegation.accessToken.id : null,
});

const isBound = (bounds: KeyBounds): boolean => Object.values(bounds).some((id) => id !== null);

/** Keys never get out of the delegation that they were made in. */
function assertBoundsKept(before: Ec2Keys, after: Ec2Keys | null): void {
  for (const bound of ['trust_id', 'app_cred_id', 'access_token_id'] as const)
    if ((after?.[bound] ?? null) !== before[bound]) throw badRequest(`${bound} cannot be changed.`);
}
