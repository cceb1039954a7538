import { fromJson, json } from '#kernel/db/columns.ts';
import type { Db } from '#kernel/db/database.ts';
import { afterMarker, toPage, type Page } from '#kernel/paging.ts';
import { badRequest } from '#kernel/errors.ts';
import type { Vault } from '#kernel/vault/vault.ts';
import type { SoftwareConfig, SoftwareDeployment } from '../model/software.ts';
import type { ConfigRow, DeploymentRow, OrchestrationTables } from '../tables.ts';

type Executor = Db<OrchestrationTables>;

const SORT = [
  { column: 'created_at', direction: 'asc' },
  { column: 'id', direction: 'asc' },
] as const;

/** All SQL on software configs. Their bodies are sealed for the project. */
export const configStore = {
  /** @param projectId null = every project's */
  async page(
    db: Executor,
    projectId: string | null,
    { limit, marker }: { readonly limit: number | null; readonly marker: string | null },
  ): Promise<Page<ConfigRow>> {
    let query = db.selectFrom('software_config').selectAll().orderBy('created_at').orderBy('id');
    if (projectId !== null) query = query.where('project_id', '=', projectId);
    if (marker !== null) {
      const row = await configStore.find(db, marker);
      if (!row) throw badRequest(`There is no software config ${marker} to go on from.`);
      query = query.where(afterMarker(SORT, { ...row }));
    }
    if (limit !== null) query = query.limit(limit + 1);
    return toPage(await query.execute(), limit);
  },

  async find(db: Executor, id: string): Promise<ConfigRow | undefined> {
    return db.selectFrom('software_config').selectAll().where('id', '=', id).executeTakeFirst();
  },

  async some(db: Executor, ids: readonly string[]): Promise<ConfigRow[]> {
    if (ids.length === 0) return [];
    return db.selectFrom('software_config').selectAll().where('id', 'in', ids).execute();
  },

  async insert(tx: Executor, row: ConfigRow): Promise<void> {
    await tx.insertInto('software_config').values(row).execute();
  },

  /** @returns false, and deletes nothing, while a deployment uses it. */
  async delete(tx: Executor, id: string): Promise<boolean> {
    const user = await tx
      .selectFrom('software_deployment')
      .select('id')
      .where('config_id', '=', id)
      .executeTakeFirst();
    if (user) return false;
    await tx.deleteFrom('software_config').where('id', '=', id).execute();
    return true;
  },
};

/** All SQL on software deployments. */
export const deploymentStore = {
  async list(db: Executor, projectId: string, serverId?: string): Promise<DeploymentRow[]> {
    let query = db.selectFrom('software_deployment').selectAll().where('project_id', '=', projectId);
    if (serverId !== undefined) query = query.where('server_id', '=', serverId);
    return query.orderBy('created_at').orderBy('id').execute();
  },

  async find(db: Executor, id: string): Promise<DeploymentRow | undefined> {
    return db.selectFrom('software_deployment').selectAll().where('id', '=', id).executeTakeFirst();
  },

  async write(tx: Executor, row: DeploymentRow): Promise<void> {
    const { id: _, ...rest } = row;
    await tx
      .insertInto('software_deployment')
      .values(row)
      .onConflict((conflict) => conflict.column('id').doUpdateSet(rest))
      .execute();
  },

  async delete(tx: Executor, id: string): Promise<void> {
    await tx.deleteFrom('software_deployment').where('id', '=', id).execute();
  },
};

type Body = Pick<SoftwareConfig, 'config' | 'inputs' | 'outputs' | 'options'>;
type Values = Pick<SoftwareDeployment, 'inputs' | 'outputs'>;
const configContext = (id: string): string => `software_config/${id}`;
const deploymentContext = (id: string): string => `software_deployment/${id}`;

export async function sealConfig(vault: Vault, one: SoftwareConfig): Promise<ConfigRow> {
  const { id, projectId, name, group, createdAt, ...body } = one;
  return {
    id,
    project_id: projectId,
    name,
    group_name: group,
    sealed_body: await vault.seal(projectId, json(body), configContext(id)),
    created_at: createdAt,
  };
}

export async function openConfig(vault: Vault, row: ConfigRow): Promise<SoftwareConfig> {
  const plain = await vault.open(row.project_id, row.sealed_body, configContext(row.id));
  return { ...configSummary(row), ...fromJson<Body>(plain.toString()) };
}

/** What lists tell: nothing is opened. */
export const configSummary = (row: ConfigRow): Omit<SoftwareConfig, keyof Body> => ({
  id: row.id,
  projectId: row.project_id,
  name: row.name,
  group: row.group_name,
  createdAt: row.created_at,
});

export async function sealDeployment(vault: Vault, one: SoftwareDeployment): Promise<DeploymentRow> {
  const values: Values = { inputs: one.inputs, outputs: one.outputs };
  return {
    id: one.id,
    project_id: one.projectId,
    config_id: one.configId,
    server_id: one.serverId,
    stack_user_project_id: one.stackUserProjectId,
    action: one.action,
    status: one.status,
    status_reason: one.statusReason,
    sealed_values: await vault.seal(one.projectId, json(values), deploymentContext(one.id)),
    created_at: one.createdAt,
    updated_at: one.updatedAt,
  };
}

export async function openDeployment(vault: Vault, row: DeploymentRow): Promise<SoftwareDeployment> {
  const plain = await vault.open(row.project_id, row.sealed_values, deploymentContext(row.id));
  return {
    id: row.id,
    projectId: row.project_id,
    configId: row.config_id,
    serverId: row.server_id,
    stackUserProjectId: row.stack_user_project_id,
    action: row.action,
    status: row.status as SoftwareDeployment['status'],
    statusReason: row.status_reason,
    ...fromJson<Values>(plain.toString()),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
