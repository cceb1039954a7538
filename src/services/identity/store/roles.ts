import { sql, type SqlBool } from 'kysely';
import { flag, fromFlag, fromJson, json } from '#kernel/db/columns.ts';
import type { Db } from '#kernel/db/database.ts';
import type { ActorKind, Assignment, Role, TargetKind } from '../model/role.ts';
import type { AssignmentRow, IdentityTables, RoleRow } from '../tables.ts';

type Executor = Db<IdentityTables>;

export interface AssignmentFilter {
  readonly actorKind?: ActorKind;
  readonly actorId?: string;
  readonly targetKind?: TargetKind;
  readonly targetId?: string | readonly string[];
  readonly roleId?: string;
  readonly inherited?: boolean;
}

/** All SQL on roles and what they imply. */
export const roleStore = {
  async find(db: Executor, id: string): Promise<Role | undefined> {
    const row = await db.selectFrom('identity_role').selectAll().where('id', '=', id).executeTakeFirst();
    return row && fromRow(row);
  },

  /** Global roles unless a domain is named. */
  async list(db: Executor, filter: { name?: string; domainId?: string | null }): Promise<Role[]> {
    let query = db.selectFrom('identity_role').selectAll();
    if (filter.domainId !== undefined) query = query.where('domain_id', '=', filter.domainId ?? '');
    if (filter.name !== undefined) query = query.where('name', '=', filter.name);
    return (await query.orderBy('name').orderBy('id').execute()).map(fromRow);
  },

  async insert(db: Executor, role: Role): Promise<void> {
    await db.insertInto('identity_role').values(toRow(role)).execute();
  },

  async update(db: Executor, role: Role): Promise<void> {
    await db.updateTable('identity_role').set(toRow(role)).where('id', '=', role.id).execute();
  },

  async delete(db: Executor, id: string): Promise<void> {
    await db.deleteFrom('identity_assignment').where('role_id', '=', id).execute();
    await db
      .deleteFrom('identity_implied_role')
      .where((where) => where.or([where('prior_id', '=', id), where('implied_id', '=', id)]))
      .execute();
    await db.deleteFrom('identity_role').where('id', '=', id).execute();
  },

  /** Implied role ids by prior role id. */
  async implications(db: Executor): Promise<Map<string, string[]>> {
    const rows = await db.selectFrom('identity_implied_role').selectAll().orderBy('implied_id').execute();
    const implied = new Map<string, string[]>();
    for (const row of rows) implied.set(row.prior_id, [...(implied.get(row.prior_id) ?? []), row.implied_id]);
    return implied;
  },

  async imply(db: Executor, priorId: string, impliedId: string): Promise<void> {
    await db
      .insertInto('identity_implied_role')
      .values({ prior_id: priorId, implied_id: impliedId })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  },

  async unimply(db: Executor, priorId: string, impliedId: string): Promise<void> {
    await db
      .deleteFrom('identity_implied_role')
      .where('prior_id', '=', priorId)
      .where('implied_id', '=', impliedId)
      .execute();
  },
};

/** The primary key, whose index gives the order of lists. */
const ASSIGNMENT_KEY = [
  'actor_kind',
  'actor_id',
  'target_kind',
  'target_id',
  'role_id',
  'inherited',
] as const;

/** Of a list of assignments: the part after one of them, or from it on. */
export interface AssignmentPart {
  readonly after?: Assignment | undefined;
  readonly from?: Assignment | undefined;
  readonly limit?: number;
}

/** All SQL on who has which role where. */
export const assignmentStore = {
  async list(
    db: Executor,
    filter: AssignmentFilter,
    { after, from, limit }: AssignmentPart = {},
  ): Promise<Assignment[]> {
    let query = db.selectFrom('identity_assignment').selectAll();
    if (filter.actorKind !== undefined) query = query.where('actor_kind', '=', filter.actorKind);
    if (filter.actorId !== undefined) query = query.where('actor_id', '=', filter.actorId);
    if (filter.targetKind !== undefined) query = query.where('target_kind', '=', filter.targetKind);
    const { targetId } = filter;
    if (typeof targetId === 'string') query = query.where('target_id', '=', targetId);
    else if (targetId) query = query.where('target_id', 'in', targetId);
    if (filter.roleId !== undefined) query = query.where('role_id', '=', filter.roleId);
    if (filter.inherited !== undefined) query = query.where('inherited', '=', flag(filter.inherited));
    if (after) query = query.where(compared('>', assignmentToRow(after)));
    if (from) query = query.where(compared('>=', assignmentToRow(from)));
    if (limit !== undefined) query = query.limit(limit);
    for (const column of ASSIGNMENT_KEY) query = query.orderBy(column);
    return (await query.execute()).map(assignmentFromRow);
  },

  /** The user's own assignments and those of the user's groups. */
  async ofUser(db: Executor, userId: string): Promise<Assignment[]> {
    const rows = await db
      .selectFrom('identity_assignment')
      .selectAll()
      .where((where) =>
        where.or([
          where.and([where('actor_kind', '=', 'user'), where('actor_id', '=', userId)]),
          where.and([
            where('actor_kind', '=', 'group'),
            where(
              'actor_id',
              'in',
              where.selectFrom('identity_membership').select('group_id').where('user_id', '=', userId),
            ),
          ]),
        ]),
      )
      .execute();
    return rows.map(assignmentFromRow);
  },

  async insert(db: Executor, assignment: Assignment): Promise<void> {
    await db
      .insertInto('identity_assignment')
      .values(assignmentToRow(assignment))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  },

  async delete(db: Executor, assignment: Assignment): Promise<boolean> {
    let query = db.deleteFrom('identity_assignment');
    for (const [column, value] of Object.entries(assignmentToRow(assignment))) {
      query = query.where(column as keyof AssignmentRow, '=', value);
    }
    return (await query.executeTakeFirst()).numDeletedRows > 0;
  },

  async deleteForTarget(db: Executor, kind: TargetKind, id: string): Promise<void> {
    await db
      .deleteFrom('identity_assignment')
      .where('target_kind', '=', kind)
      .where('target_id', '=', id)
      .execute();
  },
};

const toRow = (role: Role): RoleRow => ({
  id: role.id,
  name: role.name,
  domain_id: role.domainId ?? '',
  description: role.description,
  options_json: json(role.options),
});

const fromRow = (row: RoleRow): Role => ({
  id: row.id,
  name: row.name,
  domainId: row.domain_id === '' ? null : row.domain_id,
  description: row.description,
  options: fromJson(row.options_json),
});

const assignmentToRow = (assignment: Assignment): AssignmentRow => ({
  actor_kind: assignment.actorKind,
  actor_id: assignment.actorId,
  target_kind: assignment.targetKind,
  target_id: assignment.targetId,
  role_id: assignment.roleId,
  inherited: flag(assignment.inherited),
});

const compared = (operator: '>' | '>=', row: AssignmentRow) =>
  sql<SqlBool>`(${sql.join(ASSIGNMENT_KEY.map((column) => sql.ref(column)))})
    ${sql.raw(operator)} (${sql.join(ASSIGNMENT_KEY.map((column) => row[column]))})`;

const assignmentFromRow = (row: AssignmentRow): Assignment => ({
  actorKind: row.actor_kind as ActorKind,
  actorId: row.actor_id,
  targetKind: row.target_kind as TargetKind,
  targetId: row.target_id,
  roleId: row.role_id,
  inherited: fromFlag(row.inherited),
});
