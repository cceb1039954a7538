import type { Json, JsonMap } from '../template/json.ts';
import type { Status } from './stack.ts';

/** Software to be put on servers: a text, and what goes in and comes out. */
export interface SoftwareConfig {
  readonly id: string;
  readonly projectId: string;
  readonly name: string;
  readonly group: string;
  readonly config: Json;
  readonly inputs: readonly JsonMap[];
  readonly outputs: readonly JsonMap[];
  readonly options: JsonMap;
  readonly createdAt: string;
}

/** A config on its way to a server, which tells how it went. */
export interface SoftwareDeployment {
  readonly id: string;
  readonly projectId: string;
  readonly configId: string;
  readonly serverId: string;
  readonly stackUserProjectId: string;
  readonly action: string;
  readonly status: Status;
  readonly statusReason: string;
  readonly inputs: JsonMap;
  readonly outputs: JsonMap;
  readonly createdAt: string;
  readonly updatedAt: string | null;
}

/**
 * What a server is told to do: the config, and its inputs with their values. It knows by the config's id whether it has done it already.
 */
export const instructionOf = (
  config: SoftwareConfig,
  { inputs, serverId, action }: SoftwareDeployment,
): JsonMap => ({
  id: config.id,
  name: config.name,
  group: config.group,
  config: config.config,
  creation_time: config.createdAt.replace(/\.\d+Z$/, 'Z'),
  options: config.options,
  outputs: config.outputs,
  inputs: [
    ...config.inputs.map((input) => ({
      ...input,
      value: input['value'] ?? inputs[nameOf(input)] ?? input['default'] ?? null,
    })),
    ...[
      { name: 'deploy_server_id', type: 'String', value: serverId },
      { name: 'deploy_action', type: 'String', value: action },
    ].filter(({ name }) => !config.inputs.some((input) => nameOf(input) === name)),
  ],
});

const nameOf = (input: JsonMap): string => (typeof input['name'] === 'string' ? input['name'] : '');
