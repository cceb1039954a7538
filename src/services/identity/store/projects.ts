import { Changes, type Change } from '#kernel/db/changes.ts';
import { sql, type ExpressionBuilder, type SqlBool } from 'kysely';
import type { Db } from '#kernel/db/database.ts';
import { flag, fromFlag, fromJson, json } from '#kernel/db/columns.ts';
import type { Project } from '../model/project.ts';
import type { IdentityTables, ProjectRow } from '../tables.ts';
import { follows, WHOLE } from './by-name.ts';
import { domainOptionStore } from './domain-config.ts';
import { endpointLinkStore } from './endpoint-groups.ts';
import { limitStore } from './limits.ts';
import { oauthTokenStore } from './oauth.ts';
import { roleStore } from './roles.ts';
import { trustStore } from './trusts.ts';
import { userCredentialStore } from './user-credentials.ts';
import { groupStore, userStore } from './users.ts';

type Executor = Db<IdentityTables>;

export interface ProjectFilter {
  readonly isDomain: boolean;
  readonly domainId?: string;
  readonly parentId?: string;
  readonly name?: string;
  readonly enabled?: boolean;
  /** What its tags must be. */
  readonly tags?: TagFilter;
}

export interface TagFilter {
  readonly all: readonly string[];
  readonly any: readonly string[];
  readonly notAll: readonly string[];
  readonly notAny: readonly string[];
}

/** Far above the depth that is allowed. */
const MAX_WALK = 100;

const note = (what: Change['what'], { id, name, isDomain }: Project): void =>
  Changes.note({
    service: 'identity',
    noun: isDomain ? 'domain' : 'project',
    id,
    projectId: null,
    what,
    name,
  });

/** All SQL on projects and domains. */
export const projectStore = {
  async find(db: Executor, id: string): Promise<Project | undefined> {
    const row = await db.selectFrom('identity_project').selectAll().where('id', '=', id).executeTakeFirst();
    return row && fromRow(row);
  },

  async list(db: Executor, filter: ProjectFilter, page = WHOLE): Promise<Project[]> {
    let query = db.selectFrom('identity_project').selectAll().where('is_domain', '=', flag(filter.isDomain));
    if (filter.domainId !== undefined) query = query.where('domain_id', '=', filter.domainId);
    if (filter.parentId !== undefined) query = query.where('parent_id', '=', filter.parentId);
    if (filter.name !== undefined) query = query.where('name', '=', filter.name);
    if (filter.enabled !== undefined) query = query.where('enabled', '=', flag(filter.enabled));
    if (filter.tags) query = query.where((eb) => tagged(eb, filter.tags as TagFilter));
    if (page.after) query = query.where(follows(page.after));
    if (page.limit !== null) query = query.limit(page.limit);
    return (await query.orderBy('name').orderBy('id').execute()).map(fromRow);
  },

  async insert(db: Executor, project: Project): Promise<void> {
    await db.insertInto('identity_project').values(toRow(project)).execute();
    note('created', project);
  },

  async update(db: Executor, project: Project): Promise<void> {
    await db.updateTable('identity_project').set(toRow(project)).where('id', '=', project.id).execute();
    note('updated', project);
  },

  /** Deletes a project with its credentials, or a domain with everybody and everything in it. */
  async delete(db: Executor, project: Project): Promise<void> {
    note('deleted', project);
    const below = project.isDomain
      ? await db.selectFrom('identity_project').select('id').where('domain_id', '=', project.id).execute()
      : [];
    const ids = [project.id, ...below.map(({ id }) => id)];
    if (project.isDomain) await deletePeople(db, project.id);
    for (const part of chunks(ids)) {
      await db.deleteFrom('identity_app_credential').where('project_id', 'in', part).execute();
      await db.deleteFrom('identity_assignment').where('target_id', 'in', part).execute();
      await trustStore.deleteOfProjects(db, part);
      await userCredentialStore.deleteOfProjects(db, part);
      await limitStore.deleteOfProjects(db, part);
      await endpointLinkStore.deleteOfProjects(db, part);
      await oauthTokenStore.delete(db, { projectId: part });
      await db.deleteFrom('identity_project').where('id', 'in', part).execute();
    }
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

  async hasChildren(db: Executor, id: string): Promise<boolean> {
    const child = await db
      .selectFrom('identity_project')
      .select('id')
      .where('parent_id', '=', id)
      .where('is_domain', '=', 0)
      .executeTakeFirst();
    return child !== undefined;
  },

  /** The project's parents, nearest first, up to its domain. */
  async ancestors(db: Executor, project: Project): Promise<Project[]> {
    const found: Project[] = [];
    for (let id = project.parentId; id !== '' && found.length < MAX_WALK;) {
      const parent = await projectStore.find(db, id);
      if (!parent) break;
      found.push(parent);
      id = parent.parentId;
    }
    return found;
  },

  /** Every project below the given ones, a query for each level. */
  async descendants(db: Executor, ids: readonly string[]): Promise<Project[]> {
    const found: Project[] = [];
    for (let level = ids; level.length > 0;) {
      const below: Project[] = [];
      for (const part of chunks(level)) {
        const rows = await db
          .selectFrom('identity_project')
          .selectAll()
          .where('parent_id', 'in', part)
          .execute();
        below.push(...rows.map(fromRow));
      }
      found.push(...below);
      level = below.map((project) => project.id);
    }
    return found;
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

/** The four tag filters of the API-SIG. A tag is looked for as the JSON it is stored as, quotes included. */
function tagged(eb: ExpressionBuilder<IdentityTables, 'identity_project'>, filter: TagFilter) {
  const has = (tag: string) => sql<SqlBool>`replace(tags_json, ${json(tag)}, '') <> tags_json`;
  return eb.and([
    ...filter.all.map(has),
    ...(filter.any.length > 0 ? [eb.or(filter.any.map(has))] : []),
    ...(filter.notAll.length > 0 ? [eb.not(eb.and(filter.notAll.map(has)))] : []),
    ...filter.notAny.map((tag) => eb.not(has(tag))),
  ]);
}

/** As many ids as one statement takes on every database. */
const chunks = <T>(items: readonly T[], size = 500): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );

/** Everybody in a domain with what they have, its roles, and what was set for it. */
async function deletePeople(db: Executor, domainId: string): Promise<void> {
  const idsOf = async (table: 'identity_user' | 'identity_group' | 'identity_role') =>
    (await db.selectFrom(table).select('id').where('domain_id', '=', domainId).execute()).map(({ id }) => id);
  for (const id of await idsOf('identity_user')) await userStore.delete(db, id);
  for (const id of await idsOf('identity_group')) await groupStore.delete(db, id);
  for (const id of await idsOf('identity_role')) await roleStore.delete(db, id);
  await limitStore.deleteOfDomain(db, domainId);
  await domainOptionStore.delete(db, { domainId });
}

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
