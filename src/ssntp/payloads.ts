import { Type, type Static, type TObject, type TProperties, type TSchema } from 'typebox';
import { yamlPayload } from './yaml-payload.ts';

/*
 * The YAML payloads of Ciao's frames, under its own field names. A field that a peer may leave out has the zero value of Go
 * or, for a measure, -1: unknown.
 */
const text = () => Type.String({ default: '' });
const id = () => Type.String({ minLength: 1 });
const flag = () => Type.Boolean({ default: false });
const count = () => Type.Integer({ default: 0 });
const measure = () => Type.Integer({ default: -1 });
const list = <T extends TSchema>(items: T) => Type.Array(items, { default: [] });
const under = <K extends string, T extends TProperties>(key: K, fields: T) =>
  Type.Object({ [key]: Type.Object(fields) } as { [k in K]: TObject<T> });

const node = {
  node_uuid: id(),
  mem_total_mb: measure(),
  mem_available_mb: measure(),
  disk_total_mb: measure(),
  disk_available_mb: measure(),
  load: measure(),
  cpus_online: measure(),
  hostname: text(),
  networks: list(Type.Object({ ip: text(), mac: text() })),
};

const InstanceStats = Type.Object({
  instance_uuid: id(),
  state: text(),
  ssh_ip: text(),
  ssh_port: count(),
  memory_usage_mb: measure(),
  disk_usage_mb: measure(),
  cpu_usage: measure(),
  volumes: list(Type.String()),
});

const NodeStatus = Type.Object(node);
/** READY, FULL and MAINTENANCE: how a node is. */
export type NodeStatus = Static<typeof NodeStatus>;
export const nodeStatus = yamlPayload('node status', NodeStatus);

const Stats = Type.Object({ ...node, status: text(), instances: list(InstanceStats) });
/** STATS: how a node and its instances are. */
export type Stats = Static<typeof Stats>;
export const stats = yamlPayload('STATS', Stats);

const Delete = under('delete', { instance_uuid: id(), workload_agent_uuid: text(), stop: flag() });
/** DELETE; with `stop` the instance goes from the node alone. */
export type Delete = Static<typeof Delete>;
export const deletion = yamlPayload('DELETE', Delete);

const Evacuate = under('evacuate', { workload_agent_uuid: id() });
export type Evacuate = Static<typeof Evacuate>;
export const evacuate = yamlPayload('EVACUATE', Evacuate);

const Restore = under('restore', { workload_agent_uuid: id() });
export type Restore = Static<typeof Restore>;
export const restore = yamlPayload('Restore', Restore);

/** Why a START failed. The node keeps the instance only after `already_running` and `instance_exists`. */
export type StartReason = (typeof START_REASONS)[number];
export const START_REASONS = [
  'full_cloud',
  'full_cn',
  'node_maintenance',
  'no_cn',
  'no_net_cn',
  'invalid_payload',
  'invalid_data',
  'already_running',
  'instance_exists',
  'image_failure',
  'launch_failure',
  'network_failure',
] as const;

const StartFailure = Type.Object({
  node_uuid: text(),
  instance_uuid: id(),
  reason: Type.Enum([...START_REASONS]),
  restart: flag(),
});
export type StartFailure = Static<typeof StartFailure>;
export const startFailure = yamlPayload('StartFailure', StartFailure);

/** Why a DELETE failed. */
export type DeleteReason = (typeof DELETE_REASONS)[number];
export const DELETE_REASONS = ['no_instance', 'invalid_payload', 'invalid_data'] as const;

const DeleteFailure = Type.Object({
  node_uuid: text(),
  instance_uuid: id(),
  reason: Type.Enum([...DELETE_REASONS]),
});
export type DeleteFailure = Static<typeof DeleteFailure>;
export const deleteFailure = yamlPayload('DeleteFailure', DeleteFailure);

const InstanceDeleted = under('instance_deleted', { instance_uuid: id() });
export type InstanceDeleted = Static<typeof InstanceDeleted>;
export const instanceDeleted = yamlPayload('InstanceDeleted', InstanceDeleted);

const InstanceStopped = under('instance_stopped', { instance_uuid: id() });
export type InstanceStopped = Static<typeof InstanceStopped>;
export const instanceStopped = yamlPayload('InstanceStopped', InstanceStopped);

const connection = { node_uuid: id(), node_type: Type.Enum(['network_node', 'compute_node']) };

const NodeConnected = under('node_connected', connection);
export type NodeConnected = Static<typeof NodeConnected>;
export const nodeConnected = yamlPayload('NodeConnected', NodeConnected);

const NodeDisconnected = under('node_disconnected', connection);
export type NodeDisconnected = Static<typeof NodeDisconnected>;
export const nodeDisconnected = yamlPayload('NodeDisconnected', NodeDisconnected);

const Configure = Type.Object({
  configure: Type.Object(
    {
      scheduler: Type.Optional(Type.Object({ storage_uri: text() })),
      storage: Type.Optional(Type.Object({ ceph_id: text() })),
      controller: Type.Optional(
        Type.Object({
          ciao_port: Type.Integer({ default: 8889 }),
          compute_ca: text(),
          compute_cert: text(),
          cnci_vcpus: Type.Integer({ default: 4 }),
          cnci_mem: Type.Integer({ default: 2048 }),
          cnci_disk: Type.Integer({ default: 2048 }),
          admin_ssh_key: text(),
          client_auth_ca_cert_path: text(),
          cnci_net: Type.String({ default: '192.168.0.0' }),
        }),
      ),
      launcher: Type.Optional(
        Type.Object({
          compute_net: list(Type.String()),
          mgmt_net: list(Type.String()),
          disk_limit: flag(),
          mem_limit: flag(),
          child_user: text(),
        }),
      ),
    },
    { default: {} },
  ),
  /** Ours: the server's offer of the extension. Ciao passes over it. */
  hydria: Type.Optional(Type.Object({ extension: Type.Integer() })),
});
/** CONFIGURE, and the payload of CONNECTED. */
export type Configure = Static<typeof Configure>;
export const configure = yamlPayload('CONFIGURE', Configure);
