import type { Ctx } from '#kernel/context.ts';
import { badRequest, forbidden, notFound } from '#kernel/errors.ts';
import { newHexId } from '#kernel/ids.ts';
import { parseExpiry } from '../model/expiry.ts';
import { roleNotFound, type Role } from '../model/role.ts';
import { assertPassedOn, redelegationsOf, trustNotFound, type Trust } from '../model/trust.ts';
import { projectNotFound } from '../model/project.ts';
import { userNotFound } from '../model/user.ts';
import type { NewTrust } from '../schema/trust.ts';
import { projectStore } from '../store/projects.ts';
import { roleStore } from '../store/roles.ts';
import { trustStore } from '../store/trusts.ts';
import { userStore } from '../store/users.ts';
import { effectiveRoles } from './access.ts';
import { handleOf, inTransaction, type IdentityDeps } from './deps.ts';
import type { ValidToken } from './tokens.ts';

/** Use-cases on trusts. Only a trustor makes them; both sides see them. */
export class TrustService {
  readonly #deps: IdentityDeps;

  constructor(deps: IdentityDeps) {
    this.#deps = deps;
  }

  async list(
    ctx: Ctx,
    filter: { trustor_user_id?: string; trustee_user_id?: string },
  ): Promise<readonly Trust[]> {
    this.#deps.policy.authorize(ctx, 'identity:list_trusts', { ...filter });
    const { trustor_user_id: trustorUserId, trustee_user_id: trusteeUserId } = filter;
    return trustStore.list(this.#db, {
      ...(trustorUserId === undefined ? {} : { trustorUserId }),
      ...(trusteeUserId === undefined ? {} : { trusteeUserId }),
    });
  }

  async get(ctx: Ctx, id: string): Promise<Trust> {
    const trust = await trustStore.find(this.#db, id);
    const seen = trust && !this.#hasEnded(trust);
    if (!seen || !this.#deps.policy.allows(ctx, 'identity:get_trust', targetOf(trust)))
      throw trustNotFound(id);
    return trust;
  }

  async roles(ctx: Ctx, id: string): Promise<Role[]> {
    const { roleIds } = await this.get(ctx, id);
    return (await roleStore.list(this.#db, {})).filter((role) => roleIds.includes(role.id));
  }

  async role(ctx: Ctx, id: string, roleId: string): Promise<Role> {
    const role = (await this.roles(ctx, id)).find((one) => one.id === roleId);
    if (!role) throw roleNotFound(roleId);
    return role;
  }

  async create(ctx: Ctx, caller: ValidToken, body: NewTrust): Promise<Trust> {
    const parent = this.#assertMayCreate(ctx, caller, body);
    if (!(await userStore.find(this.#db, body.trustee_user_id))) throw userNotFound(body.trustee_user_id);
    const trust: Trust = {
      id: newHexId(),
      trustorUserId: body.trustor_user_id,
      trusteeUserId: body.trustee_user_id,
      projectId: body.project_id ?? null,
      roleIds: await this.#chooseRoles(body),
      impersonation: body.impersonation,
      expiresAt: parseExpiry(body.expires_at, this.#deps.clock.now()) ?? parent?.expiresAt ?? null,
      remainingUses: body.remaining_uses ?? null,
      redelegationCount: parent ? passedOnCount(parent, body) : redelegationsOf(body),
      redelegatedTrustId: parent?.id ?? null,
    };
    if (parent) assertPassedOn(parent, trust);
    await trustStore.insert(this.#db, trust);
    return trust;
  }

  /** Ends it, and all that was passed on from it, at once. */
  async delete(ctx: Ctx, id: string): Promise<void> {
    const trust = await this.get(ctx, id);
    this.#deps.policy.authorize(ctx, 'identity:delete_trust', targetOf(trust));
    await inTransaction(this.#deps, (tx) => trustStore.delete(tx, [id]));
    this.#deps.identityChanged();
  }

  /** @returns the trust that the caller passes on, if the caller acts by one. */
  #assertMayCreate(ctx: Ctx, caller: ValidToken, body: NewTrust): Trust | undefined {
    if (body.trustor_user_id !== ctx.user.id) throw forbidden('Only the trustor can create a trust.');
    if (caller.appCredential && !caller.appCredential.unrestricted)
      throw forbidden('Application credentials that are restricted cannot create trusts.');
    if (caller.delegation?.kind === 'oauth1') throw forbidden('An OAuth access token cannot create trusts.');
    return caller.delegation?.trust;
  }

  async #chooseRoles({ roles = [], project_id, trustor_user_id }: NewTrust): Promise<readonly string[]> {
    if (!project_id) {
      if (roles.length > 0) throw badRequest('Roles of a trust need a project.');
      return [];
    }
    if (!(await projectStore.find(this.#db, project_id))) throw projectNotFound(project_id);
    if (roles.length === 0) throw forbidden('At least one role should be specified.');
    const held = await effectiveRoles(this.#db, trustor_user_id, { kind: 'project', id: project_id });
    return roles.map(({ id, name }) => {
      const role = held.find((one) => (id === undefined ? one.name === name : one.id === id));
      if (!role)
        throw notFound(`Could not find role: ${id ?? name}. The trustor must have it in the project.`);
      return role.id;
    });
  }

  #hasEnded({ expiresAt, remainingUses }: Trust): boolean {
    const now = this.#deps.clock.now();
    return (expiresAt !== null && new Date(expiresAt) <= now) || remainingUses === 0;
  }

  get #db() {
    return handleOf(this.#deps);
  }
}

const targetOf = (trust: Trust) => ({
  trustor_user_id: trust.trustorUserId,
  trustee_user_id: trust.trusteeUserId,
});

function passedOnCount(parent: Trust, body: NewTrust): number {
  if (body.allow_redelegation === false) return 0;
  return body.redelegation_count ?? Math.max(parent.redelegationCount - 1, 0);
}
