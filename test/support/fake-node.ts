import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeFileSystems } from '#drivers/filesystem/fake/driver.ts';
import { FakeNetworkDriver, FakeNetworkWorld } from '#drivers/network/fake/driver.ts';
import { FakeRuntime } from '#drivers/runtime/fake/driver.ts';
import type { VolumeDriver } from '#drivers/volume/driver.ts';
import { FakeVolumeDriver, FakeVolumeWorld } from '#drivers/volume/fake/driver.ts';
import { systemClock, type Clock } from '#kernel/clock.ts';
import { newUuid } from '#kernel/ids.ts';
import { silentLogger } from '#kernel/log.ts';
import type { NodeImages, OpenImage } from '#node/images.ts';
import type { MachineFigures } from '#node/machine.ts';
import { startNode, type Connection, type Node } from '#node/node.ts';
import type { RegistryControl } from '#node/registry-images.ts';
import type { ImageTools } from '#node/volumes/write-image.ts';
import type { Session } from '#ssntp/session.ts';
import { aFakeHost, FakeImages } from './node-bench.ts';

export interface FakeNodeOptions {
  /** Makes the client of the node with this UUID; see `ControlRig.connect`. null = the node stays alone. */
  readonly connect: ((uuid: string, onSession: (session: Session) => void) => Connection) | null;
  readonly uuid?: string;
  readonly hostname?: string;
  readonly images?: (open: OpenImage, registry: RegistryControl) => NodeImages;
  /** What the node is given in place of the fake volume driver itself. */
  readonly volumeDriver?: (driver: FakeVolumeDriver) => VolumeDriver;
  readonly diskImages?: Pick<ImageTools, 'inspect' | 'convert'>;
  readonly clock?: Clock;
}

/**
 * A simulated node: the real node's code on a machine in memory. The machine and the node's files outlive the node, so
 * that it can be ended, or lost, and started again.
 */
export class FakeNode implements AsyncDisposable {
  readonly uuid: string;
  readonly hostname: string;
  readonly host = aFakeHost();
  readonly network = new FakeNetworkDriver(new FakeNetworkWorld());
  readonly runtime = new FakeRuntime(this.host);
  readonly images = new FakeImages();
  readonly fileSystems = new FakeFileSystems();
  readonly volumes: FakeVolumeWorld;
  readonly volumeDriver: FakeVolumeDriver;
  /** What there is of the machine now. */
  figures: MachineFigures = {
    memoryTotal: 4096,
    memoryAvailable: 2048,
    diskTotal: 40_960,
    diskAvailable: 20_480,
    load: 0,
    cpus: 2,
  };
  readonly #options: FakeNodeOptions;
  readonly #directory: string;
  #bootId = 'first boot';
  #node: Node | undefined;
  #connection: Connection | undefined;
  readonly #lost: Node[] = [];

  private constructor(options: FakeNodeOptions, directory: string) {
    this.#options = options;
    this.#directory = directory;
    this.volumes = new FakeVolumeWorld(join(directory, 'volumes'));
    this.volumeDriver = new FakeVolumeDriver(this.volumes);
    this.uuid = options.uuid ?? newUuid();
    this.hostname = options.hostname ?? 'node-1';
  }

  static async start(options: FakeNodeOptions): Promise<FakeNode> {
    const node = new FakeNode(options, await mkdtemp(join(tmpdir(), 'hydria-fake-node-')));
    await node.start();
    return node;
  }

  get node(): Node {
    if (!this.#node) throw new Error('The node is not running.');
    return this.#node;
  }

  async start(): Promise<void> {
    const { connect, images, diskImages, volumeDriver, clock } = this.#options;
    this.#node = await startNode({
      uuid: this.uuid,
      directory: this.#directory,
      machine: {
        hostname: this.hostname,
        cpus: 2,
        memory: 4096,
        disk: 40,
        architecture: 'x86_64',
        osType: 'linux',
        os: 'Test',
        kernelVersion: '6.1',
      },
      figures: async () => this.figures,
      bootId: this.#bootId,
      labels: {},
      runtimes: [this.runtime],
      network: this.network,
      volumes: new Map([['fake', volumeDriver?.(this.volumeDriver) ?? this.volumeDriver]]),
      fileSystems: this.fileSystems,
      memory: join(this.#directory, 'memory'),
      ...(diskImages && { diskImages }),
      images: images ?? (() => this.images),
      connect: connect && ((onSession) => (this.#connection = connect(this.uuid, onSession))),
      clock: clock ?? systemClock,
      log: silentLogger,
    });
  }

  /** Ends the node alone; what runs on its machine runs on. */
  async stop(): Promise<void> {
    await this.#node?.close();
    this.#node = undefined;
  }

  /** As by kill -9: what it was doing is never ended. For a node whose driver does nothing any more. */
  async lose(): Promise<void> {
    await this.#connection?.close();
    if (this.#node) this.#lost.push(this.#node);
    this.#node = undefined;
  }

  /** Between `stop` and `start`: the machine starts again, with nothing running and no network. */
  reboot(): void {
    this.#bootId = `another boot ${newUuid()}`;
    this.host.reboot();
    this.volumes.reboot();
    const { sandboxes, ports, networks, routers, groups } = this.network.world;
    for (const things of [sandboxes, ports, networks, routers, groups]) things.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await Promise.all(this.#lost.map((node) => node.close()));
    await rm(this.#directory, { recursive: true, force: true });
  }
}
