import type { Static } from 'typebox';
import { route, type Route } from '#kernel/http/route.ts';
import { isTrue, ProjectParams } from '../schema/common.ts';
import {
  ConfigParams,
  CreateConfig,
  CreateDeployment,
  DeploymentParams,
  ListConfigs,
  ListDeployments,
  ServerParams,
  UpdateDeployment,
} from '../schema/software.ts';
import type { DeploymentChange, SoftwareService } from '../service/software.ts';
import type { Json, JsonMap } from '../template/json.ts';
import { configItemView, configView, deploymentView } from '../view/software.ts';

const CONFIGS = '/v1/:tenant_id/software_configs';
const DEPLOYMENTS = '/v1/:tenant_id/software_deployments';

export const softwareRoutes = (software: SoftwareService): Route[] => [
  ...configRoutes(software),
  ...deploymentRoutes(software),
];

const configRoutes = (software: SoftwareService): Route[] => [
  route({
    method: 'POST',
    url: CONFIGS,
    name: 'create-software-config',
    summary: 'Keep software for servers.',
    access: { rule: 'software_configs:create' },
    params: ProjectParams,
    body: CreateConfig,
    status: 200,
    async handle({ ctx, body }) {
      const config = await software.createConfig(ctx, {
        ...(body.id && { id: body.id }),
        name: body.name ?? '',
        group: body.group ?? 'Heat::Ungrouped',
        config: (body.config ?? '') as Json,
        inputs: (body.inputs ?? []) as JsonMap[],
        outputs: (body.outputs ?? []) as JsonMap[],
        options: (body.options ?? {}) as JsonMap,
      });
      return { software_config: configView(config) };
    },
  }),
  route({
    method: 'GET',
    url: CONFIGS,
    name: 'list-software-configs',
    summary: 'List software for servers.',
    access: { rule: 'software_configs:index' },
    params: ProjectParams,
    query: ListConfigs,
    status: 200,
    async handle({ ctx, query: { limit, marker, global_tenant } }) {
      const page = { limit: limit ?? null, marker: marker || null, all: isTrue(global_tenant) };
      return { software_configs: (await software.listConfigs(ctx, page)).map(configItemView) };
    },
  }),
  route({
    method: 'GET',
    url: `${CONFIGS}/:config_id`,
    name: 'get-software-config',
    summary: 'Show software for servers.',
    access: { rule: 'software_configs:show' },
    params: ConfigParams,
    status: 200,
    async handle({ ctx, params: { config_id: id } }) {
      const config = await software.getConfig(ctx, { id, rule: 'software_configs:show' });
      return { software_config: configView(config) };
    },
  }),
  route({
    method: 'DELETE',
    url: `${CONFIGS}/:config_id`,
    name: 'delete-software-config',
    summary: 'Forget software for servers.',
    access: { rule: 'software_configs:delete' },
    params: ConfigParams,
    status: 204,
    handle: ({ ctx, params: { config_id: id } }) =>
      software.deleteConfig(ctx, { id, rule: 'software_configs:delete' }),
  }),
];

const deploymentRoutes = (software: SoftwareService): Route[] => [
  route({
    method: 'POST',
    url: DEPLOYMENTS,
    name: 'create-software-deployment',
    summary: 'Send software to a server.',
    access: { rule: 'software_deployments:create' },
    params: ProjectParams,
    body: CreateDeployment,
    status: 200,
    async handle({ ctx, body }) {
      const made = await software.createDeployment(ctx, {
        action: 'CREATE',
        status: 'IN_PROGRESS',
        statusReason: '',
        inputs: {},
        outputs: {},
        ...changeOf(body),
        configId: body.config_id,
        serverId: body.server_id,
        stackUserProjectId: body.stack_user_project_id ?? '',
        ...(body.deployment_id && { id: body.deployment_id }),
      });
      return { software_deployment: deploymentView(made) };
    },
  }),
  route({
    method: 'GET',
    url: DEPLOYMENTS,
    name: 'list-software-deployments',
    summary: 'List what was sent to servers.',
    access: { rule: 'software_deployments:index' },
    params: ProjectParams,
    query: ListDeployments,
    status: 200,
    handle: async ({ ctx, query }) => ({
      software_deployments: (await software.listDeployments(ctx, query.server_id)).map(deploymentView),
    }),
  }),
  route({
    method: 'GET',
    url: `${DEPLOYMENTS}/metadata/:server_id`,
    name: 'get-server-metadata',
    summary: 'Show what a server is to do.',
    access: { rule: 'software_deployments:metadata' },
    params: ServerParams,
    status: 200,
    handle: async ({ ctx, params }) => ({ metadata: await software.instructions(ctx, params.server_id) }),
  }),
  ...oneDeploymentRoutes(software),
];

const ONE = `${DEPLOYMENTS}/:deployment_id`;

const oneDeploymentRoutes = (software: SoftwareService): Route[] => [
  route({
    method: 'GET',
    url: ONE,
    name: 'get-software-deployment',
    summary: 'Show what was sent to a server, and how it went.',
    access: { rule: 'software_deployments:show' },
    params: DeploymentParams,
    status: 200,
    async handle({ ctx, params: { deployment_id: id } }) {
      const found = await software.getDeployment(ctx, { id, rule: 'software_deployments:show' });
      return { software_deployment: deploymentView(found) };
    },
  }),
  route({
    method: 'PUT',
    url: ONE,
    name: 'update-software-deployment',
    summary: 'Change what was sent to a server, or say how it went.',
    access: { rule: 'software_deployments:update' },
    params: DeploymentParams,
    body: UpdateDeployment,
    status: 200,
    async handle({ ctx, params: { deployment_id: id }, body }) {
      const asked = { id, rule: 'software_deployments:update' };
      const changed = await software.updateDeployment(ctx, asked, changeOf(body));
      return { software_deployment: deploymentView(changed) };
    },
  }),
  route({
    method: 'DELETE',
    url: ONE,
    name: 'delete-software-deployment',
    summary: 'Forget what was sent to a server.',
    access: { rule: 'software_deployments:delete' },
    params: DeploymentParams,
    status: 204,
    handle: ({ ctx, params: { deployment_id: id } }) =>
      software.deleteDeployment(ctx, { id, rule: 'software_deployments:delete' }),
  }),
];

/** What is said: null is as nothing. */
function changeOf(body: Static<typeof UpdateDeployment>): DeploymentChange {
  const said = {
    action: body.action,
    status: body.status,
    statusReason: body.status_reason,
    inputs: body.input_values,
    outputs: body.output_values,
    configId: body.config_id,
  };
  return Object.fromEntries(
    Object.entries(said).filter(([, value]) => value !== undefined && value !== null),
  );
}
