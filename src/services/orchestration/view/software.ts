import type { SoftwareConfig, SoftwareDeployment } from '../model/software.ts';
import { wireTime } from './stack.ts';

export const configItemView = ({
  id,
  name,
  group,
  createdAt,
  projectId,
}: Pick<SoftwareConfig, 'id' | 'name' | 'group' | 'createdAt' | 'projectId'>) => ({
  id,
  name,
  group,
  creation_time: wireTime(createdAt),
  project: projectId,
});

export function configView(one: SoftwareConfig) {
  const { project: _, ...item } = configItemView(one);
  const { config, inputs, outputs, options } = one;
  return { ...item, config, inputs, outputs, options };
}

export const deploymentView = (one: SoftwareDeployment) => ({
  id: one.id,
  config_id: one.configId,
  server_id: one.serverId,
  action: one.action,
  status: one.status,
  status_reason: one.statusReason,
  input_values: one.inputs,
  output_values: one.outputs,
  creation_time: wireTime(one.createdAt),
  updated_time: one.updatedAt && wireTime(one.updatedAt),
});
