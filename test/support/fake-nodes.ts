import { unavailable } from '#kernel/errors.ts';
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
  readonly #hosts: readonly string[];

  constructor(...hosts: string[]) {
    this.#hosts = hosts;
  }

  async list(): Promise<NodeInfo[]> {
    return this.#hosts.map((hostname, index) => ({
      ...nodeInfo(hostname, this.away.has(hostname) ? 'down' : 'up'),
      address: `192.0.2.${index + 1}`,
    }));
  }

  async find(_ctx: unknown, idOrHostname: string): Promise<NodeInfo | undefined> {
    return (await this.list()).find(({ id, hostname }) => id === idOrHostname || hostname === idOrHostname);
  }

  async put(host: string, objects: readonly DesiredObject[], removed: readonly ObjectKey[]): Promise<void> {
    if (this.away.has(host)) throw unavailable(`Node ${host} is away.`);
    this.puts.push({ host, objects, removed });
  }

  async request(host: string): Promise<never> {
    throw unavailable(`Node ${host} answers no requests.`);
  }

  stream(host: string): never {
    throw unavailable(`Node ${host} streams nothing.`);
  }

  /** The puts since the last call. */
  take(): FakePut[] {
    return this.puts.splice(0);
  }

  /** Reports everything that the source wants on the host as ready. */
  async reportReady(source: DesiredSource, host: string): Promise<void> {
    const reports = (await source.list(host)).flatMap((object): Report[] =>
      !isNetworkObject(object)
        ? []
        : [
            {
              kind: object.kind,
              id: object.id,
              generation: object.generation,
              status: 'ready',
              reason: null,
            },
          ],
    );
    await source.observed(host, reports, [], true);
  }
}

type NetworkObject = Extract<DesiredObject, { kind: 'network' | 'group' | 'remote' | 'port' | 'router' }>;

const isNetworkObject = (object: DesiredObject): object is NetworkObject =>
  ['network', 'group', 'remote', 'port', 'router'].includes(object.kind);

const nodeInfo = (hostname: string, state: NodeInfo['state']): NodeInfo => ({
  id: `id-of-${hostname}`,
  hostname,
  state,
  disabled: false,
  disabledReason: null,
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
