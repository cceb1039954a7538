import type { Db } from '#kernel/db/database.ts';
import { flag, fromFlag, fromJson, json } from '#kernel/db/columns.ts';
import type { Project } from '../model/project.ts';
import type { IdentityTables, ProjectRow } from '../tables.ts';

type Executor = Db<IdentityTables>;

export interface ProjectFilter {
  readonly isDomain: boolean;
  readonly domainId?: string;
  readonly parentId?: string;
  readonly name?: string;
  readonly enabled?: boolean;
}

/** All SQL on projects and domains. */
export const projectStore = {
  async find(db: Executor, id: string): Promise<Project | undefined> {
    const row = await db.selectFrom('identity_project').selectAll().where('id', '=', id).executeTakeFirst();
    return row && fromRow(row);
  },

  async list(db: Executor, filter: ProjectFilter): Promise<Project[]> {
    let query = db.selectFrom('identity_project').selectAll().where('is_domain', '=', flag(filter.isDomain));
    if (filter.domainId !== undefined) query = query.where('domain_id', '=', filter.domainId);
    if (filter.parentId !== undefined) query = query.where('parent_id', '=', filter.parentId);
    if (filter.name !== undefined) query = query.where('name', '=', filter.name);
    if (filter.enabled !== undefined) query = query.where('enabled', '=', flag(filter.enabled));
    return (await query.orderBy('name').orderBy('id').execute()).map(fromRow);
  },

  async insert(db: Executor, project: Project): Promise<void> {
    await db.insertInto('identity_project').values(toRow(project)).execute();
  },

  async update(db: Executor, project: Project): Promise<void> {
    await db.updateTable('identity_project').set(toRow(project)).where('id', '=', project.id).execute();
  },

  /** Deletes a project with its credentials, or a domain with everybody and everything in it. */
  async delete(db: Executor, project: Project): Promise<void> {
    if (project.isDomain) {
      for (const table of ['identity_user', 'identity_group', 'identity_role'] as const) {
        await db.deleteFrom(table).where('domain_id', '=', project.id).execute();
      }
      await db.deleteFrom('identity_project').where('domain_id', '=', project.id).execute();
    }
    await db.deleteFrom('identity_app_credential').where('project_id', '=', project.id).execute();
    await db.deleteFrom('identity_project').where('id', '=', project.id).execute();
  },

  async findByName(db: Executor, name: string, domainId: string): Promise<Project | undefined> {
    const row = await db
      .selectFrom('identity_project')
      .selectAll()
      .where('name', '=', name)
      .where('domain_id', '=', domainId)
      .executeTakeFirst();
    return row && fromRow(row);
  },

  async findMany(db: Executor, ids: readonly string[]): Promise<Project[]> {
    if (ids.length === 0) return [];
    const rows = await db
      .selectFrom('identity_project')
      .selectAll()
      .where('id', 'in', ids)
      .orderBy('name')
      .execute();
    return rows.map(fromRow);
  },
};

const toRow = (project: Project): ProjectRow => ({
  id: project.id,
  name: project.name,
  domain_id: project.domainId,
  parent_id: project.parentId,
  is_domain: flag(project.isDomain),
  enabled: flag(project.enabled),
  description: project.description,
  tags_json: json(project.tags),
  options_json: json(project.options),
  extra_json: json(project.extra),
});

const fromRow = (row: ProjectRow): Project => ({
  id: row.id,
  name: row.name,
  domainId: row.domain_id,
  parentId: row.parent_id,
  isDomain: fromFlag(row.is_domain),
  enabled: fromFlag(row.enabled),
  description: row.description,
  tags: fromJson(row.tags_json),
  options: fromJson(row.options_json),
  extra: fromJson(row.extra_json),
});
