import { isoTime } from '#kernel/clock.ts';
import { projectOf, type Ctx } from '#kernel/context.ts';
import { badRequest, notFound } from '#kernel/errors.ts';
import { newUuid } from '#kernel/ids.ts';
import { instructionOf, type SoftwareConfig, type SoftwareDeployment } from '../model/software.ts';
import {
  configStore,
  configSummary,
  deploymentStore,
  openConfig,
  openDeployment,
  sealConfig,
  sealDeployment,
} from '../store/software.ts';
import type { OrchestrationTables } from '../tables.ts';
import type { JsonMap } from '../template/json.ts';
import type { OrchestrationDeps } from './deps.ts';

export type ConfigDraft = Omit<SoftwareConfig, 'id' | 'projectId' | 'createdAt'> & { readonly id?: string };
export type DeploymentDraft = Omit<SoftwareDeployment, 'id' | 'projectId' | 'createdAt' | 'updatedAt'> & {
  readonly id?: string;
};
export type DeploymentChange = Partial<Omit<DeploymentDraft, 'id' | 'serverId' | 'stackUserProjectId'>>;

interface Asked {
  readonly id: string;
  readonly rule: string;
}

/** Use-cases on software for servers. */
export class SoftwareService {
  readonly #deps: OrchestrationDeps;

  constructor(deps: OrchestrationDeps) {
    this.#deps = deps;
  }

  /** @throws CloudError `bad-request` when its id is taken */
  async createConfig(ctx: Ctx, { id = newUuid(), ...draft }: ConfigDraft): Promise<SoftwareConfig> {
    if (await configStore.find(this.#db, id)) throw badRequest(`There is a software config ${id} already.`);
    const config = { ...draft, id, projectId: projectOf(ctx), createdAt: this.#now() };
    await configStore.insert(this.#db, await sealConfig(this.#deps.vault, config));
    return config;
  }

  /** Without their texts. */
  async listConfigs(
    ctx: Ctx,
    page: { readonly limit: number | null; readonly marker: string | null; readonly all: boolean },
  ) {
    if (page.all) this.#deps.policy.authorize(ctx, 'software_configs:global_index');
    const { items } = await configStore.page(this.#db, page.all ? null : projectOf(ctx), page);
    return items.map(configSummary);
  }

  /** @throws CloudError `not-found` */
  async getConfig(ctx: Ctx, { id, rule }: Asked): Promise<SoftwareConfig> {
    const row = await configStore.find(this.#db, id);
    if (row?.project_id !== projectOf(ctx)) throw missing('Software config', id);
    this.#deps.policy.authorize(ctx, rule, { project_id: row.project_id });
    return openConfig(this.#deps.vault, row);
  }

  /** @throws CloudError `bad-request` while a deployment uses it */
  async deleteConfig(ctx: Ctx, asked: Asked): Promise<void> {
    const { id } = await this.getConfig(ctx, asked);
    const gone = await this.#deps.database.transaction<OrchestrationTables, boolean>((tx) =>
      configStore.delete(tx, id),
    );
    if (!gone)
      throw badRequest(`A software config can not be deleted as it is referenced: ${id}`, {
        code: 'InvalidRestrictedAction',
      });
  }

  async createDeployment(
    ctx: Ctx,
    { id = newUuid(), ...draft }: DeploymentDraft,
  ): Promise<SoftwareDeployment> {
    await this.getConfig(ctx, { id: draft.configId, rule: 'software_configs:show' });
    if (await deploymentStore.find(this.#db, id)) throw badRequest(`There is a deployment ${id} already.`);
    const createdAt = this.#now();
    return this.#write({ ...draft, id, projectId: projectOf(ctx), createdAt, updatedAt: createdAt });
  }

  async listDeployments(ctx: Ctx, serverId: string | undefined): Promise<readonly SoftwareDeployment[]> {
    const rows = await deploymentStore.list(this.#db, projectOf(ctx), serverId);
    return Promise.all(rows.map((row) => openDeployment(this.#deps.vault, row)));
  }

  /** @throws CloudError `not-found` */
  async getDeployment(ctx: Ctx, { id, rule }: Asked): Promise<SoftwareDeployment> {
    const row = await deploymentStore.find(this.#db, id);
    if (row?.project_id !== projectOf(ctx)) throw missing('Deployment', id);
    this.#deps.policy.authorize(ctx, rule, { project_id: row.project_id });
    return openDeployment(this.#deps.vault, row);
  }

  async updateDeployment(ctx: Ctx, asked: Asked, change: DeploymentChange): Promise<SoftwareDeployment> {
    const before = await this.getDeployment(ctx, asked);
    if (change.configId !== undefined)
      await this.getConfig(ctx, { id: change.configId, rule: 'software_configs:show' });
    return this.#write({ ...before, ...change, updatedAt: this.#now() });
  }

  async deleteDeployment(ctx: Ctx, asked: Asked): Promise<void> {
    const { id } = await this.getDeployment(ctx, asked);
    await deploymentStore.delete(this.#db, id);
  }

  /** What a server is to do, in the order of the configs' names. */
  async instructions(ctx: Ctx, serverId: string): Promise<readonly JsonMap[]> {
    const deployments = await this.listDeployments(ctx, serverId);
    const ids = [...new Set(deployments.map(({ configId }) => configId))];
    const rows = await configStore.some(this.#db, ids);
    const configs = await Promise.all(rows.map((row) => openConfig(this.#deps.vault, row)));
    const byId = new Map(configs.map((config) => [config.id, config]));
    const sent = deployments.flatMap((deployment) => {
      const config = byId.get(deployment.configId);
      return config ? [{ config, deployment }] : [];
    });
    return sent
      .toSorted((a, b) => (a.config.name < b.config.name ? -1 : Number(a.config.name > b.config.name)))
      .map(({ config, deployment }) => instructionOf(config, deployment));
  }

  async #write(deployment: SoftwareDeployment): Promise<SoftwareDeployment> {
    const { database, vault, events } = this.#deps;
    const row = await sealDeployment(vault, deployment);
    await database.transaction<OrchestrationTables, void>(async (tx) => {
      await deploymentStore.write(tx, row);
      // Stacks wait for servers to tell how it went.
      await events.append(tx, {
        projectId: deployment.projectId,
        service: 'orchestration',
        type: 'orchestration.deployment.changed',
        resource: deployment.id,
        payload: { server: deployment.serverId, action: deployment.action, status: deployment.status },
      });
    });
    events.publish();
    return deployment;
  }

  #now(): string {
    return isoTime(this.#deps.clock.now());
  }

  get #db() {
    return this.#deps.database.handle<OrchestrationTables>();
  }
}

const missing = (what: string, id: string) =>
  notFound(`The ${what} (${id}) could not be found.`, { code: 'EntityNotFound' });
