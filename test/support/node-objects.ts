import { UNLIMITED } from '#drivers/network/driver.ts';
import type { ContainerSpec, CopySpec, DesiredObject, VolumeSource } from '#node/protocol.ts';

type Of<K extends DesiredObject['kind']> = Extract<DesiredObject, { kind: K }>;

/** Desired objects for tests: valid, small, and connected to each other by id. */
export const aNetwork = (id = 'net', generation = 1): Of<'network'> => ({
  kind: 'network',
  id,
  generation,
  spec: { id, mtu: 1450, segment: null, resolver: null, uplink: null, dhcp: [], metadata: false },
});

export const aGroup = (id = 'group', generation = 1, addresses: string[] = []): Of<'group'> => ({
  kind: 'group',
  id,
  generation,
  spec: { id, addresses },
});

export const aPort = (id = 'port', sandboxId = 'c1', networkId = 'net', generation = 1): Of<'port'> => ({
  kind: 'port',
  id,
  generation,
  spec: {
    id,
    networkId,
    sandboxId,
    device: `eth-${id}`.slice(0, 15),
    mac: '02:00:00:00:00:01',
    mtu: 1450,
    addresses: [{ address: '10.0.0.5', prefix: 24 }],
    gateways: [],
    routes: [],
    up: true,
    filter: null,
    bandwidth: UNLIMITED,
    dhcp: null,
  },
});

export const aRemote = (id = 'remote', networkId = 'net', generation = 1): Of<'remote'> => ({
  kind: 'remote',
  id,
  generation,
  spec: { id, networkId, mac: '02:00:00:00:00:03', addresses: ['10.0.0.9'], node: '192.0.2.9' },
});

export const aRouter = (id = 'router', networkId = 'net', generation = 1): Of<'router'> => ({
  kind: 'router',
  id,
  generation,
  spec: {
    id,
    up: true,
    interfaces: [
      { portId: 'rp', networkId, mac: '02:00:00:00:00:02', mtu: 1450, addresses: [], advertise: [] },
    ],
    gateway: null,
    floatingIps: [],
    portForwardings: [],
    routes: [],
  },
});

export const aContainer = (
  id = 'c1',
  change: Partial<ContainerSpec> & { generation?: number; run?: number } = {},
): Of<'container'> => {
  const { generation = 1, run, ...spec } = change;
  const power = {
    state: run === undefined ? 'created' : 'running',
    epoch: run ?? 0,
    stopTimeoutSeconds: 1,
  } as const;
  return {
    kind: 'container',
    id,
    generation,
    spec: {
      id,
      name: id,
      runtime: 'fake',
      image: { id: 'image', checksum: 'sum' },
      entrypoint: null,
      command: null,
      environment: {},
      workdir: null,
      hostname: id,
      tty: false,
      stdin: false,
      privileged: false,
      resources: { cpu: null, memory: null, pids: 100 },
      restartPolicy: { name: 'no', maximumRetryCount: 0 },
      portIds: [],
      resolver: { servers: ['10.0.0.2'], domain: 'example.org.' },
      hosts: [],
      power,
      ...spec,
    },
  };
};

/** UUIDs for tests, told apart by their number. */
export const uuidOf = (number: number): string =>
  `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

export const aVolume = (
  id = uuidOf(1),
  change: { generation?: number; size?: number; revision?: number; source?: VolumeSource } = {},
): Of<'volume'> => {
  const { generation = 1, size = 1, revision = 1, source = { kind: 'zeros' } } = change;
  return { kind: 'volume', id, generation, spec: { backend: 'fake', size, content: { revision, source } } };
};

export const aSnapshot = (id = uuidOf(2), volumeId = uuidOf(1), generation = 1): Of<'snapshot'> => ({
  kind: 'snapshot',
  id,
  generation,
  spec: { backend: 'fake', volumeId },
});

export const anAttachment = (
  id = uuidOf(3),
  volumeId = uuidOf(1),
  mode: 'rw' | 'ro' = 'rw',
  generation = 1,
): Of<'attachment'> => ({ kind: 'attachment', id, generation, spec: { backend: 'fake', volumeId, mode } });

export const aCopy = (
  id: string,
  from: CopySpec['from'],
  to: CopySpec['to'],
  generation = 1,
): Of<'copy'> => ({
  kind: 'copy',
  id,
  generation,
  spec: { backend: 'fake', from, to },
});
