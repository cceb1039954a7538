import { expect, test } from 'vitest';
import {
  configure,
  deleteFailure,
  deletion,
  evacuate,
  instanceDeleted,
  instanceStopped,
  nodeConnected,
  nodeDisconnected,
  nodeStatus,
  restore,
  startFailure,
  stats,
} from './payloads.ts';
import { start } from './start-payload.ts';

const uuid = '3390740c-dce9-48d6-b83a-a717417072ce';
const bytes = (text: string) => Buffer.from(text);

const node = {
  node_uuid: uuid,
  mem_total_mb: 3896,
  mem_available_mb: 3896,
  disk_total_mb: 500_000,
  disk_available_mb: 256_000,
  load: 0,
  cpus_online: 4,
  hostname: 'test',
  networks: [{ ip: '192.168.1.1', mac: '02:00:15:03:6f:49' }],
};
const instance = {
  instance_uuid: uuid,
  state: 'active',
  ssh_ip: '172.168.2.2',
  ssh_port: 8768,
  memory_usage_mb: 40,
  disk_usage_mb: 2,
  cpu_usage: 90,
  volumes: [uuid],
};

test.each([
  ['READY', nodeStatus, node],
  ['STATS', stats, { ...node, status: 'READY', instances: [instance] }],
  ['DELETE', deletion, { delete: { instance_uuid: uuid, workload_agent_uuid: uuid, stop: true } }],
  ['EVACUATE', evacuate, { evacuate: { workload_agent_uuid: uuid } }],
  ['Restore', restore, { restore: { workload_agent_uuid: uuid } }],
  ['StartFailure', startFailure, { node_uuid: uuid, instance_uuid: uuid, reason: 'full_cn', restart: true }],
  ['DeleteFailure', deleteFailure, { node_uuid: uuid, instance_uuid: uuid, reason: 'no_instance' }],
  ['InstanceDeleted', instanceDeleted, { instance_deleted: { instance_uuid: uuid } }],
  ['InstanceStopped', instanceStopped, { instance_stopped: { instance_uuid: uuid } }],
  ['NodeConnected', nodeConnected, { node_connected: { node_uuid: uuid, node_type: 'compute_node' } }],
  [
    'NodeDisconnected',
    nodeDisconnected,
    { node_disconnected: { node_uuid: uuid, node_type: 'network_node' } },
  ],
  ['CONFIGURE', configure, { configure: { storage: { ceph_id: 'admin' } }, hydria: { extension: 1 } }],
] as const)('%s survives the trip', (_, codec, value) => {
  expect(codec.decode(codec.encode(value as never))).toEqual(value);
});

test('what a node leaves out is unknown, and what it adds is passed over', () => {
  const decoded = nodeStatus.decode(bytes(`node_uuid: ${uuid}\nload: ~\nnovelty: {a: [1]}\n`));
  expect(decoded).toMatchObject({ node_uuid: uuid, load: -1, hostname: '', networks: [] });
  expect(decoded).not.toHaveProperty('novelty');
});

test('text that looks like a number, a time or a truth stays text, as in Go', () => {
  const decode = (hostname: string) =>
    nodeStatus.decode(bytes(`node_uuid: a\nhostname: ${hostname}\n`)).hostname;
  for (const hostname of ['0123', '1e5', 'yes', 'true', '12:30']) expect(decode(hostname)).toBe(hostname);
});

test('the configuration that Ciao sends when it has none is empty', () => {
  expect(configure.decode(bytes('configure:\n\n'))).toEqual({ configure: {} });
  expect(configure.decode(bytes(''))).toEqual({ configure: {} });
});

test.each([
  ['text that is not YAML', 'start: [', /not YAML/],
  ['a missing field', 'delete: {stop: true}', /\/delete/],
  ['an empty identifier', 'delete: {instance_uuid: ""}', /instance_uuid/],
  ['a field of another type', `delete: {instance_uuid: a, stop: maybe}`, /stop/],
  ['another top key', `instance_deleted: {instance_uuid: a}`, /DELETE/],
  ['an alias bomb', 'a: &a [x, x]\nb: [*a, *a]', /not YAML/],
  ['deep nesting', '['.repeat(20_000), /not YAML/],
  ['no mapping at all', 'text', /DELETE/],
  ['too much', 'x'.repeat((1 << 20) + 1), /above/],
])('%s is refused with a reason', (_, text, reason) => {
  expect(() => deletion.decode(bytes(text))).toThrow(reason);
  expect(() => deletion.decode(bytes(text))).toThrow(expect.objectContaining({ kind: 'bad-request' }));
});

test('an unknown failure reason is refused', () => {
  expect(() => startFailure.decode(bytes('instance_uuid: a\nreason: tired\n'))).toThrow(/reason/);
});

const document = `start:
  tenant_uuid: 67d86208-b46c-4465-9018-fe14087d415f
  instance_uuid: ${uuid}
  fw_type: legacy
  networking:
    vnic_mac: 02:00:e6:f5:af:f9
  requirements: {mem_mb: 256, vcpus: 2}
`;
const userData = '#cloud-config\nruncmd:\n- "echo one\n...\n---\ntwo"\n';
const metadata = '{"uuid": "x", "hostname": "web"}\n';

test('START carries its cloud-init and its metadata as they are', () => {
  const decoded = start.decode(bytes(`---\n${document}...\n---\n${userData}...\n---\n${metadata}`));
  expect(decoded).toMatchObject({
    start: { instance_uuid: uuid, restart: false, vm_type: '' },
    userData,
    metadata,
  });
  expect(decoded.start.requirements).toMatchObject({ mem_mb: 256, vcpus: 2, privileged: false });
  expect(start.decode(start.encode(decoded))).toEqual(decoded);
});

test('START may end each of its documents, or have no metadata', () => {
  const all = start.decode(bytes(`---\n${document}...\n---\n${userData}...\n---\n${metadata}...\n\n`));
  expect(all).toMatchObject({ userData, metadata });
  const some = start.decode(bytes(`${document}---\n#cloud-config\n...\n`));
  expect(some).toMatchObject({ userData: '#cloud-config\n', metadata: '' });
});

test('START may be the command alone', () => {
  const decoded = start.decode(bytes(document));
  expect(decoded).toMatchObject({ userData: '', metadata: '' });
  expect(start.decode(start.encode(decoded))).toEqual(decoded);
});

test('START for no instance is refused', () => {
  expect(() => start.decode(bytes('start: {tenant_uuid: a}'))).toThrow(/instance_uuid/);
});
