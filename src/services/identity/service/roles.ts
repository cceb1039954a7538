import type { Ctx } from '#kernel/context.ts';
import { badRequest, forbidden, notFound } from '#kernel/errors.ts';
import { newHexId } from '#kernel/ids.ts';
import { assertRoleMutable, roleNotFound, withImplied, type Assignment, type Role } from '../model/role.ts';
import { groupNotFound, nameTaken, userNotFound } from '../model/user.ts';
import { projectNotFound } from '../model/project.ts';
import { appCredentialStore } from '../store/credentials.ts';
import { projectStore } from '../store/projects.ts';
import { assignmentStore, roleStore, type AssignmentFilter } from '../store/roles.ts';
import { groupStore, userStore } from '../store/users.ts';
import { handleOf, inTransaction, storing, type IdentityDeps } from './deps.ts';

/** Use-cases on roles, what they imply, and who has them where. */
export class RoleService {
  readonly #deps: IdentityDeps;

  constructor(deps: IdentityDeps) {
    this.#deps = deps;
  }

  list(_ctx: Ctx, filter: { name?: string; domainId?: string | null }): Promise<Role[]> {
    return roleStore.list(this.#db, { domainId: null, ...filter });
  }

  async get(_ctx: Ctx, id: string): Promise<Role> {
    const role = await roleStore.find(this.#db, id);
    if (!role) throw roleNotFound(id);
    return role;
  }

  async create(
    _ctx: Ctx,
    body: Pick<Role, 'name'> & {
      domain_id?: string | null;
      description?: string | null;
      options?: Role['options'];
    },
  ): Promise<Role> {
    const role: Role = {
      id: newHexId(),
      name: body.name.trim(),
      domainId: body.domain_id ?? null,
      description: body.description ?? null,
      options: body.options ?? {},
    };
    await storing(
      this.#deps,
      () => nameTaken('role', role.name),
      (tx) => roleStore.insert(tx, role),
    );
    return role;
  }

  async update(
    ctx: Ctx,
    id: string,
    change: { name?: string; description?: string | null; options?: Role['options'] },
  ): Promise<Role> {
    const before = await this.get(ctx, id);
    assertRoleMutable(before, change.options);
    const after: Role = { ...before, ...change, options: { ...before.options, ...change.options } };
    await storing(
      this.#deps,
      () => nameTaken('role', after.name),
      (tx) => roleStore.update(tx, after),
    );
    this.#deps.identityChanged();
    return after;
  }

  async delete(ctx: Ctx, id: string): Promise<void> {
    assertRoleMutable(await this.get(ctx, id));
    await inTransaction(this.#deps, (tx) => roleStore.delete(tx, id));
    this.#deps.identityChanged();
  }

  /** Every prior role with the roles it implies directly. */
  async inferences(_ctx: Ctx): Promise<{ prior: Role; implies: Role[] }[]> {
    const [roles, implied] = await Promise.all([
      roleStore.list(this.#db, {}),
      roleStore.implications(this.#db),
    ]);
    const byId = new Map(roles.map((role) => [role.id, role]));
    const known = (ids: readonly string[]) => ids.flatMap((id) => byId.get(id) ?? []);
    return [...implied].flatMap(([id, ids]) => known([id]).map((prior) => ({ prior, implies: known(ids) })));
  }

  /** Two roles of which the first implies the second directly. */
  async inference(ctx: Ctx, priorId: string, impliedId: string): Promise<{ prior: Role; implied: Role }> {
    const pair = { prior: await this.get(ctx, priorId), implied: await this.get(ctx, impliedId) };
    const implied = await roleStore.implications(this.#db);
    if (!implied.get(priorId)?.includes(impliedId))
      throw notFound(`Role ${priorId} does not imply ${impliedId}.`);
    return pair;
  }

  async imply(ctx: Ctx, priorId: string, impliedId: string): Promise<{ prior: Role; implied: Role }> {
    const pair = { prior: await this.get(ctx, priorId), implied: await this.get(ctx, impliedId) };
    if (pair.prior.domainId === null && pair.implied.domainId !== null)
      throw forbidden('A global role cannot imply the role of a domain.');
    const implied = await roleStore.implications(this.#db);
    if (withImplied([impliedId], implied).has(priorId))
      throw badRequest('A role cannot imply itself, also not through others.');
    await roleStore.imply(this.#db, priorId, impliedId);
    this.#deps.identityChanged();
    return pair;
  }

  async unimply(ctx: Ctx, priorId: string, impliedId: string): Promise<void> {
    await this.inference(ctx, priorId, impliedId);
    await roleStore.unimply(this.#db, priorId, impliedId);
    this.#deps.identityChanged();
  }

  async grant(ctx: Ctx, assignment: Assignment): Promise<void> {
    await this.#assertExists(ctx, assignment);
    await assignmentStore.insert(this.#db, assignment);
    this.#deps.identityChanged();
  }

  async revoke(_ctx: Ctx, assignment: Assignment): Promise<void> {
    if (!(await assignmentStore.delete(this.#db, assignment))) throw assignmentNotFound(assignment);
    const { actorKind, actorId, targetKind, targetId } = assignment;
    if (actorKind === 'user' && targetKind === 'project')
      await appCredentialStore.deleteOf(this.#db, { userId: actorId, projectId: targetId });
    this.#deps.identityChanged();
  }

  async checkGrant(_ctx: Ctx, assignment: Assignment): Promise<void> {
    const found = await assignmentStore.list(this.#db, assignment);
    if (found.length === 0) throw assignmentNotFound(assignment);
  }

  /** Roles that an actor was given on a target, without implied ones. */
  async granted(ctx: Ctx, filter: Omit<Assignment, 'roleId'>): Promise<Role[]> {
    await this.#assertExists(ctx, filter);
    const [assignments, roles] = await Promise.all([
      assignmentStore.list(this.#db, filter),
      roleStore.list(this.#db, {}),
    ]);
    const ids = new Set(assignments.map((assignment) => assignment.roleId));
    return roles.filter((role) => ids.has(role.id));
  }

  assignments(_ctx: Ctx, filter: AssignmentFilter): Promise<Assignment[]> {
    return assignmentStore.list(this.#db, filter);
  }

  async #assertExists(ctx: Ctx, assignment: Omit<Assignment, 'roleId'> & { roleId?: string }): Promise<void> {
    const { actorKind, actorId, targetKind, targetId } = assignment;
    if (assignment.roleId !== undefined) await this.get(ctx, assignment.roleId);
    if (actorKind === 'user' && !(await userStore.find(this.#db, actorId))) throw userNotFound(actorId);
    if (actorKind === 'group' && !(await groupStore.find(this.#db, actorId))) throw groupNotFound(actorId);
    if (targetKind === 'system') return;
    const target = await projectStore.find(this.#db, targetId);
    if (target?.isDomain !== (targetKind === 'domain')) {
      throw targetKind === 'domain'
        ? notFound(`Could not find domain: ${targetId}.`)
        : projectNotFound(targetId);
    }
  }

  get #db() {
    return handleOf(this.#deps);
  }
}

const assignmentNotFound = (assignment: Assignment) =>
  notFound(
    `Could not find role assignment with role: ${assignment.roleId}, ${assignment.actorKind}: ${assignment.actorId}, ${assignment.targetKind}: ${assignment.targetId}.`,
  );
