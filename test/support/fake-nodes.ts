import { unavailable } from '#kernel/errors.ts';
import type { VolumeBackend } from '#node/description.ts';
import type { DesiredObject, ObjectKey, Report } from '#node/protocol.ts';
import type { DesiredSource, NodeInfo, NodePort } from '#services/placement/port.ts';

export interface FakePut {
  readonly host: string;
  readonly objects: readonly DesiredObject[];
  readonly removed: readonly ObjectKey[];
}

/** Nodes that only remember what they were told, and can answer that all of it is ready. */
export class FakeNodes implements NodePort {
  readonly puts: FakePut[] = [];
  /** Hosts that are away. */
  readonly away = new Set<string>();
  volumeBackends: readonly VolumeBackend[] = [];
  /** Of hosts that cannot carry some kinds of networks. */
  readonly networkLacks = new Map<string, NonNullable<NodeInfo['networkLacks']>>();
  /** Who hears at once that what was put is ready: attachments, for whose devices requests wait. */
  attaching: Pick<DesiredSource, 'observed'> | null = null;
  /** Changes what is reported of each object. */
  says: (report: Report) => Report = (report) => report;
  readonly #hosts: readonly string[];

  constructor(...hosts: string[]) {
    this.#hosts = hosts;
  }

  async list(): Promise<NodeInfo[]> {
    return this.#hosts.map((hostname, index) => ({
      ...nodeInfo(hostname, this.away.has(hostname) ? 'down' : 'up'),
      volumeBackends: this.volumeBackends,
      networkLacks: this.networkLacks.get(hostname) ?? {},
      address: `192.0.2.${index + 1}`,
    }));
  }

  async find(_ctx: unknown, idOrHostname: string): Promise<NodeInfo | undefined> {
    return (await this.list()).find(({ id, hostname }) => id === idOrHostname || hostname === idOrHostname);
  }

  async change(_ctx: unknown, host: string): Promise<never> {
    throw unavailable(`Node ${host} cannot be changed.`);
  }

  async forget(_ctx: unknown, host: string): Promise<never> {
    throw unavailable(`Node ${host} cannot be forgotten.`);
  }

  async put(host: string, objects: readonly DesiredObject[], removed: readonly ObjectKey[]): Promise<void> {
    if (this.away.has(host)) throw unavailable(`Node ${host} is away.`);
    this.puts.push({ host, objects, removed });
    const reports = objects.filter(({ kind }) => kind === 'attachment').flatMap((one) => reportOf(one) ?? []);
    if (this.attaching && reports.length > 0)
      await this.attaching.observed(
        host,
        reports.map((one) => this.says(one)),
        [],
        false,
      );
  }

  async request(host: string): Promise<never> {
    throw unavailable(`Node ${host} answers no requests.`);
  }

  async open(host: string): Promise<never> {
    throw unavailable(`Node ${host} opens nothing.`);
  }

  stream(host: string): never {
    throw unavailable(`Node ${host} streams nothing.`);
  }

  /** The puts since the last call. */
  take(): FakePut[] {
    return this.puts.splice(0);
  }

  /** Reports everything that the source wants on the host as ready, and all else as gone. */
  async reportReady(source: DesiredSource, host: string): Promise<void> {
    const reports = (await source.list(host)).flatMap((object) => reportOf(object) ?? []);
    await source.observed(
      host,
      reports.map((report) => this.says(report)),
      [],
      true,
    );
  }
}

/** That the object is as it should be. */
function reportOf(object: DesiredObject): Report | undefined {
  const { id, generation } = object;
  const ready = { id, generation, status: 'ready', reason: null } as const;
  switch (object.kind) {
    case 'network':
    case 'group':
    case 'remote':
    case 'port':
    case 'router':
      return { ...ready, kind: object.kind };
    case 'volume': {
      const { size, content } = object.spec;
      return { ...ready, ...NOTHING, kind: 'volume', size, revision: content.revision };
    }
    case 'snapshot':
      return { ...ready, ...NOTHING, kind: 'snapshot' };
    case 'attachment':
      return { ...ready, ...NOTHING, kind: 'attachment', device: `/dev/${object.spec.volumeId}` };
    case 'copy':
      return { ...ready, ...NOTHING, kind: 'copy', copied: { bytes: 1024, sentBytes: 512, pieces: 2 } };
    case 'container':
      return undefined;
  }
}

const NOTHING = { failed: false, revision: 0, size: 0, device: null, copied: null } as const;

const nodeInfo = (hostname: string, state: NodeInfo['state']): NodeInfo => ({
  id: `id-of-${hostname}`,
  hostname,
  state,
  disabled: false,
  disabledReason: null,
  forcedDown: false,
  lastSeen: '2026-01-01T00:00:00.000Z',
  allocated: { cpu: 0, memory: 0, disk: 0 },
  cpus: 2,
  memory: 4096,
  disk: 40,
  architecture: 'x86_64',
  osType: 'linux',
  os: 'debian',
  kernelVersion: '6.1',
  runtimes: ['crun'],
  networkDriver: 'linux',
  volumeBackends: [],
  labels: {},
});
