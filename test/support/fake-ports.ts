import { Readable } from 'node:stream';
import { conflict, notFound, unavailable } from '#kernel/errors.ts';
import { nameUuid } from '#kernel/ids.ts';
import type {
  ContainerReport,
  DesiredObject,
  ImageReport,
  NodeMethods,
  ObjectKey,
  Report,
} from '#node/protocol.ts';
import type { IdentityPort } from '#services/identity/port.ts';
import type { ImageInfo, ImagePort, NewImage } from '#services/image/port.ts';
import type {
  NetworkInfo,
  NetworkPort,
  OpenGroup,
  OpenPort,
  PortAttachment,
  PortInfo,
} from '#services/network/port.ts';
import type {
  Claim,
  DesiredSource,
  NodeChange,
  NodeInfo,
  NodePort,
  Placed,
  PlacementPort,
} from '#services/placement/port.ts';

const NAMESPACE = '00000000-0000-4000-8000-000000000000';
const idOf = (name: string) => nameUuid(NAMESPACE, name);

/** Identity without limits of its own, until a test sets some: by service. */
export class FakeLimits implements Pick<IdentityPort, 'limits'> {
  readonly set: Record<string, Readonly<Record<string, number>>> = {};

  async limits(service: string): Promise<Readonly<Record<string, number>>> {
    return this.set[service] ?? {};
  }
}

/** Images by name, all with data unless said otherwise. */
export class FakeImages implements ImagePort {
  readonly images: ImageInfo[];
  /** Bytes that came, by image. */
  readonly data = new Map<string, number>();

  constructor(...names: readonly string[]) {
    this.images = names.map((name) => fakeImage(name));
  }

  async get(_ctx: unknown, idOrName: string): Promise<ImageInfo> {
    const found = await this.find(_ctx, idOrName);
    if (!found) throw notFound(`No image ${idOrName}.`);
    return found;
  }

  async find(_ctx: unknown, idOrName: string): Promise<ImageInfo | undefined> {
    return this.images.find(({ id, name }) => id === idOrName || name === idOrName);
  }

  async search(_ctx: unknown, text: string, exact: boolean): Promise<ImageInfo[]> {
    return this.images.filter(({ name }) => (exact ? name === text : name.includes(text)));
  }

  async open() {
    return { size: 0, stream: Readable.from([]) };
  }

  async create(_ctx: unknown, { minDisk, ...image }: NewImage): Promise<ImageInfo> {
    const known = this.images.find(({ id }) => id === image.id);
    if (known) return known;
    const made = fakeImage(image.name, { ...image, minDisk, status: 'queued', hash: null });
    this.images.push(made);
    return made;
  }

  async append(_ctx: unknown, id: string, offset: number, bytes: Uint8Array) {
    this.data.set(id, offset + bytes.length);
    return { offset: offset + bytes.length };
  }

  async finish(ctx: unknown, id: string, size: number): Promise<ImageInfo> {
    const image = { ...(await this.get(ctx, id)), status: 'active', hash: 'def', size };
    this.images.splice(
      this.images.findIndex((other) => other.id === id),
      1,
      image,
    );
    return image;
  }

  async discard(_ctx: unknown, id: string): Promise<void> {
    this.data.delete(id);
  }

  async remove(_ctx: unknown, id: string): Promise<void> {
    const at = this.images.findIndex((image) => image.id === id);
    if (at >= 0) this.images.splice(at, 1);
  }
}

export const fakeImage = (name: string, change: Partial<ImageInfo> = {}): ImageInfo => ({
  id: idOf(`image-${name}`),
  name,
  status: 'active',
  containerFormat: 'docker',
  diskFormat: 'raw',
  size: 1,
  hash: 'abc',
  virtualSize: null,
  visibility: 'public',
  owner: 'project',
  protected: false,
  tags: [],
  properties: {},
  minDisk: 0,
  minRam: 0,
  ...change,
});

/** Networks by name, and the ports on them. */
export class FakeNetworks implements NetworkPort {
  readonly networks: NetworkInfo[];
  readonly ports = new Map<string, PortInfo>();
  readonly groups = new Map([['default', idOf('group-default')]]);
  /** Where the groups that services made are open, by name. */
  readonly open = new Map<string, readonly OpenPort[]>();

  constructor(...names: readonly string[]) {
    this.networks = names.map((name) => fakeNetwork(name));
  }

  async getNetwork(_ctx: unknown, idOrName: string): Promise<NetworkInfo> {
    const found = this.networks.find(({ id, name }) => id === idOrName || name === idOrName);
    if (!found) throw notFound(`No network ${idOrName}.`);
    return found;
  }

  async findDefaultNetwork(): Promise<NetworkInfo | undefined> {
    return this.networks.find((network) => !network.external);
  }

  async resolveSecurityGroups(_ctx: unknown, names: readonly string[]): Promise<string[]> {
    return names.map((name) => {
      const id = this.groups.get(name);
      if (id === undefined) throw notFound(`No security group ${name}.`);
      return id;
    });
  }

  async getPort(_ctx: unknown, id: string): Promise<PortInfo> {
    const port = this.ports.get(id);
    if (!port) throw notFound(`No port ${id}.`);
    return port;
  }

  async attachPorts(_ctx: unknown, { deviceId, host, requests }: PortAttachment): Promise<PortInfo[]> {
    return requests.map((request, index) => {
      const existing = this.ports.get(request.portId);
      if (existing && existing.deviceId !== '' && existing.deviceId !== deviceId)
        throw conflict(`Port ${request.portId} is in use.`);
      const port = existing
        ? { ...existing, deviceId, host }
        : fakePort(request.portId, {
            networkId: request.networkId ?? '',
            deviceId,
            host,
            securityGroups: request.securityGroups ?? [idOf('group-default')],
            fixedIps: [
              {
                subnetId: idOf('subnet'),
                address: request.fixedIps[0] ?? `10.0.0.${this.ports.size + index + 2}`,
                version: 4,
              },
            ],
          });
      this.ports.set(port.id, port);
      return port;
    });
  }

  async listPorts(_ctx: unknown, deviceId: string): Promise<PortInfo[]> {
    return [...this.ports.values()].filter((port) => port.deviceId === deviceId);
  }

  async detachPorts(ctx: unknown, deviceId: string, portIds?: readonly string[]): Promise<void> {
    const ports = await this.listPorts(ctx, deviceId);
    for (const port of ports.filter(({ id }) => portIds?.includes(id) ?? true)) {
      if (port.preserved) this.ports.set(port.id, { ...port, deviceId: '', host: '' });
      else this.ports.delete(port.id);
    }
  }

  async setSecurityGroups(
    _ctx: unknown,
    portIds: readonly string[],
    securityGroups: readonly string[],
  ): Promise<void> {
    for (const port of portIds.flatMap((id) => this.ports.get(id) ?? []))
      this.ports.set(port.id, { ...port, securityGroups });
  }

  async ensureOpenGroup(_ctx: unknown, { name, ports }: OpenGroup): Promise<string> {
    this.open.set(name, ports);
    this.groups.set(name, idOf(name));
    return idOf(name);
  }

  async removeGroup(_ctx: unknown, _projectId: unknown, name: string): Promise<void> {
    const isUsed = [...this.ports.values()].some(({ securityGroups }) => securityGroups.includes(idOf(name)));
    if (isUsed) return;
    this.open.delete(name);
    this.groups.delete(name);
  }
}

export const fakeNetwork = (name: string, change: Partial<NetworkInfo> = {}): NetworkInfo => ({
  id: idOf(`network-${name}`),
  name,
  projectId: 'p1',
  external: false,
  shared: true,
  mtu: 1500,
  dnsDomain: 'cloud.',
  ...change,
});

export const fakePort = (id: string, change: Partial<PortInfo> = {}): PortInfo => ({
  id,
  networkId: idOf('network-private'),
  projectId: 'p1',
  mac: 'fa:16:3e:00:00:01',
  deviceId: '',
  host: '',
  status: 'DOWN',
  fixedIps: [],
  securityGroups: [],
  preserved: false,
  resolver: { servers: ['10.0.0.1'], domain: 'cloud.' },
  ...change,
});

/** Room for `slots` consumers on one node. */
export class FakePlacement implements PlacementPort {
  readonly claims = new Map<string, Claim>();
  slots = Infinity;
  readonly #host: string;

  constructor(host: string) {
    this.#host = host;
  }

  async claim(_ctx: unknown, claim: Claim): Promise<Placed> {
    if (!this.claims.has(claim.consumer) && this.claims.size >= this.slots)
      throw unavailable('There are not enough hosts available.', { retryable: false });
    this.claims.set(claim.consumer, claim);
    const cpus = Array.from({ length: claim.dedicatedCpus ?? 0 }, (_, cpu) => cpu + 4);
    return { host: this.#host, ...(cpus.length > 0 && { cpuset: { cpus, mems: [1] } }) };
  }

  async release(_ctx: unknown, consumer: string): Promise<void> {
    this.claims.delete(consumer);
  }

  /** The most memory that a consumer may be resized to. */
  room = Infinity;

  async resize(_ctx: unknown, consumer: string, resources: Claim['resources']): Promise<void> {
    const claim = this.claims.get(consumer);
    if (!claim) return;
    if (resources.memory > this.room) throw conflict(`Host ${this.#host} has not enough memory left.`);
    this.claims.set(consumer, { ...claim, resources });
  }
}

type DesiredContainer = Extract<DesiredObject, { kind: 'container' }>;
type Requests = { [M in keyof NodeMethods]?: (body: NodeMethods[M]['body']) => unknown };

/** One node that has what it is told, and reports it when the test says so. */
export class FakeNode implements NodePort {
  readonly hostname: string;
  readonly objects = new Map<string, DesiredObject>();
  readonly answers: Requests = {};
  /** Methods and bodies of what was asked of it. */
  readonly asked: { readonly method: string; readonly body: unknown }[] = [];
  away = false;
  /** Changes what it reports of each container. */
  says: (report: ContainerReport) => ContainerReport = (report) => report;
  /** The same of each image. */
  saysOfImage: (report: ImageReport) => ImageReport = (report) => report;
  /** By operators. */
  said: NodeChange = {};
  runtimes: readonly string[] = ['crun'];
  labels: Readonly<Record<string, string>> = {};
  #gone: ObjectKey[] = [];

  constructor(hostname: string) {
    this.hostname = hostname;
  }

  async list(): Promise<NodeInfo[]> {
    return [this.#info()];
  }

  async find(_ctx: unknown, ref: string): Promise<NodeInfo | undefined> {
    const info = this.#info();
    return ref === info.id || ref === info.hostname ? info : undefined;
  }

  async change(_ctx: unknown, ref: string, change: NodeChange): Promise<NodeInfo> {
    const info = await this.find(undefined, ref);
    if (!info) throw notFound(`No node ${ref}.`);
    this.said = { ...this.said, ...change };
    return this.#info();
  }

  async forget(_ctx: unknown, ref: string): Promise<void> {
    await this.change(undefined, ref, { disabled: false, disabledReason: null, forcedDown: false });
  }

  async put(_host: string, objects: readonly DesiredObject[], removed: readonly ObjectKey[]): Promise<void> {
    if (this.away) throw unavailable(`Node ${this.hostname} is away.`);
    for (const object of objects) this.objects.set(object.id, object);
    for (const key of removed) {
      this.objects.delete(key.id);
      this.#gone.push(key);
    }
  }

  async request<M extends keyof NodeMethods>(
    _host: string,
    method: M,
    body: NodeMethods[M]['body'],
  ): Promise<NodeMethods[M]['answer']> {
    if (this.away) throw unavailable(`Node ${this.hostname} is away.`);
    this.asked.push({ method, body });
    return ((await this.answers[method]?.(body)) ?? null) as NodeMethods[M]['answer'];
  }

  /** The answer is given as `{ head, bytes }`, or with a stream in place of the bytes. */
  async open<M extends keyof NodeMethods>(host: string, method: M, body: NodeMethods[M]['body']) {
    const given = (await this.request(host, method, body)) as {
      head?: unknown;
      bytes?: Iterable<Uint8Array>;
      stream?: Readable;
    } | null;
    return {
      head: (given?.head ?? null) as NodeMethods[M]['answer'],
      stream: given?.stream ?? Readable.from(given?.bytes ?? []),
    };
  }

  async *stream<M extends keyof NodeMethods>(
    host: string,
    method: M,
    body: NodeMethods[M]['body'],
  ): AsyncIterable<NodeMethods[M]['answer']> {
    yield* ((await this.request(host, method, body)) ?? []) as NodeMethods[M]['answer'][];
  }

  /** Tells what it has and what went since it last told. */
  async report(source: DesiredSource, whole = false): Promise<void> {
    const gone = this.#gone;
    this.#gone = [];
    await source.observed(this.hostname, this.reports(), gone, whole);
  }

  /** It returns after having been away: it is sent everything, and tells everything. */
  async sync(source: DesiredSource): Promise<void> {
    this.away = false;
    const all = await source.list(this.hostname);
    this.objects.clear();
    for (const object of all) this.objects.set(object.id, object);
    await this.report(source, true);
  }

  container(id: string): DesiredContainer | undefined {
    const object = this.objects.get(id);
    return object?.kind === 'container' ? object : undefined;
  }

  reports(): Report[] {
    return [...this.objects.values()].flatMap((object) =>
      object.kind === 'container'
        ? this.says(reportOf(object))
        : object.kind === 'image'
          ? this.saysOfImage(imageReportOf(object))
          : [],
    );
  }

  #info(): NodeInfo {
    return {
      id: idOf(`node-${this.hostname}`),
      hostname: this.hostname,
      state: this.away || this.said.forcedDown ? 'down' : 'up',
      disabled: false,
      disabledReason: null,
      forcedDown: false,
      lastSeen: '2030-01-01T00:00:00.000Z',
      allocated: { cpu: 0.5, memory: 64, disk: 1 },
      cpus: 2,
      memory: 2048,
      disk: 20,
      architecture: 'x86_64',
      osType: 'linux',
      os: 'Debian GNU/Linux 12',
      kernelVersion: '6.1.0',
      runtimes: this.runtimes,
      networkDriver: 'linux',
      volumeBackends: [],
      labels: this.labels,
      ...this.said,
    };
  }
}

const imageReportOf = ({ id, generation, spec }: Extract<DesiredObject, { kind: 'image' }>): ImageReport => ({
  kind: 'image',
  id,
  generation,
  status: 'ready',
  reason: null,
  digest: 'reference' in spec.image ? `sha256:${'0'.repeat(64)}` : null,
});

/** What a node says of a container that became at once what it should be. */
function reportOf({ id, generation, spec }: DesiredContainer): ContainerReport {
  const { state, epoch } = spec.power;
  return {
    kind: 'container',
    id,
    generation,
    status: state,
    epoch,
    exitCode: state === 'stopped' ? 0 : null,
    oomKilled: false,
    startedAt: epoch === 0 ? null : '2030-01-01T00:00:00.000Z',
    finishedAt: state === 'stopped' ? '2030-01-01T00:01:00.000Z' : null,
    reason: null,
    failed: false,
    image: { entrypoint: [], cmd: ['/bin/hello'], exposedPorts: ['80/tcp'], workdir: '/' },
  };
}
