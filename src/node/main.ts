import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ClearRuntime } from '#drivers/runtime/clear/driver.ts';
import { CrunRuntime } from '#drivers/runtime/crun/driver.ts';
import { DockerRuntime } from '#drivers/runtime/docker/driver.ts';
import { LinuxFileSystems } from '#drivers/filesystem/linux/driver.ts';
import { LinuxNetworkDriver } from '#drivers/network/linux/driver.ts';
import type { VolumeDriver } from '#drivers/volume/driver.ts';
import { volumeDrivers } from '#drivers/volume/registry.ts';
import { systemClock } from '#kernel/clock.ts';
import { loadConfig, type Config } from '#kernel/config.ts';
import { newUuid } from '#kernel/ids.ts';
import { createLogger, type Logger } from '#kernel/log.ts';
import { releaseMemoryAtRest } from '#kernel/memory.ts';
import { LayerStore } from '#oci/layer-store.ts';
import { DEFAULT_LIMITS } from '#oci/limits.ts';
import { RegistryPuller } from '#oci/registry/puller.ts';
import { Skopeo } from '#oci/registry/skopeo.ts';
import { startKuryr } from '#src/kuryr/start.ts';
import { createSsntpClient } from '#ssntp/client.ts';
import { Role } from '#ssntp/roles.ts';
import { FetchedImages } from './images.ts';
import { askToStopWorkloads, serveLocal } from './local-socket.ts';
import { divideCpus } from './cpus.ts';
import { addressTowards, describeMachine, memoryDirectory, readBootId, readFigures } from './machine.ts';
import { startNode, type Node, type NodeOptions } from './node.ts';
import { NodeBinding } from './node-binding.ts';
import { RegistryImages } from './registry-images.ts';

/** This machine's node, until SIGTERM or SIGINT. What runs on it runs on. */
export async function runNode(configPath: string): Promise<void> {
  const config = await loadConfig(configPath);
  const log = createLogger('node', config.log.level);
  const parts = await createParts(config, log);
  const node = await startNode({ ...parts.options, connect: await dialer(config, parts) });
  const silence = await serveLocal(socketPath(config), () => node.stopWorkloads());
  const stopKuryr = await serveKuryr(config, parts.options.machine.hostname, { node, log });
  log.info({ uuid: parts.options.uuid }, 'the node is up');
  releaseMemoryAtRest();
  await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  await stopKuryr();
  await silence();
  await node.close();
  await parts.close();
}

/** Stops every workload of this machine, through the node where it is up; the node's next start brings back what ran. */
export async function stopWorkloads(configPath: string): Promise<void> {
  const config = await loadConfig(configPath);
  if (await askToStopWorkloads(socketPath(config))) return;
  const parts = await createParts(config, createLogger('node-stop', config.log.level));
  const node = await startNode({ ...parts.options, connect: null, passive: true });
  await node.stopWorkloads();
  await node.close();
  await parts.close();
}

async function serveKuryr(
  { kuryr, run }: Config,
  hostname: string,
  { node, log }: { readonly node: Node; readonly log: Logger },
): Promise<() => Promise<void>> {
  if (!kuryr) return async () => {};
  const binding = new NodeBinding({ world: node.world, host: kuryr.host ?? hostname });
  return startKuryr({ config: { cniSocket: join(run, 'cni.sock'), ...kuryr }, binding, log });
}

const socketPath = (config: Config): string => join(config.run, 'node.sock');

interface Parts {
  readonly options: Omit<NodeOptions, 'connect'>;
  close(): Promise<void>;
}

async function createParts(config: Config, log: Logger): Promise<Parts> {
  const directory = join(config.data, 'node');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await mkdir(config.run, { recursive: true });
  const { hostname, cgroup, clear: machines, docker: dockerd, prefix, physicalNetworks } = config.node ?? {};
  const memory = await memoryDirectory(config.run);
  const crun = new CrunRuntime({
    base: join(directory, 'crun'),
    memory: join(memory, 'crun'),
    log,
    ...(cgroup === undefined ? {} : { cgroupParent: cgroup }),
  });
  const clear = new ClearRuntime({
    base: join(directory, 'clear'),
    memory: join(memory, 'clear'),
    mergeMemory: machines?.mergeMemory ?? false,
    log,
    ...(cgroup === undefined ? {} : { cgroupParent: cgroup }),
  });
  const docker = new DockerRuntime({
    base: join(directory, 'docker'),
    log,
    ...(dockerd?.socket === undefined ? {} : { socket: dockerd.socket }),
  });
  const network = new LinuxNetworkDriver({
    directory: join(config.run, 'network'),
    ...(prefix === undefined ? {} : { prefix }),
    ...(physicalNetworks === undefined ? {} : { physicalNetworks }),
  });
  const layers = new LayerStore({
    directory: join(directory, 'images'),
    limits: DEFAULT_LIMITS,
    clock: systemClock,
  });
  await layers.recover();
  const puller = new RegistryPuller({
    skopeo: new Skopeo({
      secrets: join(memory, 'registry-logins'),
      registries: config.registries ?? [],
    }),
    directory: join(directory, 'pulls'),
    limits: DEFAULT_LIMITS,
    clock: systemClock,
    log,
  });
  await puller.recover();
  const machine = await describeMachine(directory);
  const address = config.node?.address ?? (await addressTowards(config.ssntp.host));
  return {
    options: {
      uuid: await ensureUuid(directory),
      directory,
      machine: {
        ...machine,
        hostname: hostname ?? machine.hostname,
        ...(address === undefined ? {} : { address }),
      },
      figures: () => readFigures(directory),
      bootId: await readBootId(),
      labels: config.node?.labels ?? {},
      cpus: await divideCpus(config.node?.dedicatedCpus),
      runtimes: [crun, docker, clear],
      network,
      volumes: volumeBackends(config, directory),
      fileSystems: new LinuxFileSystems(join(directory, 'mounts')),
      memory,
      images: (open, registry) =>
        new FetchedImages({ layers, open, registries: new RegistryImages({ puller, layers, ...registry }) }),
      clock: systemClock,
      log,
    },
    close: async () => {
      await crun.close();
      await docker.close();
      await clear.close();
      await network.close();
    },
  };
}

type VolumeBackend = NonNullable<NonNullable<Config['volumes']>['backends']>[number];

const DEFAULT_BACKENDS: readonly VolumeBackend[] = [{ name: 'file', driver: 'file' }];

function volumeBackends(config: Config, directory: string): ReadonlyMap<string, VolumeDriver> {
  const backends = config.volumes?.backends ?? DEFAULT_BACKENDS;
  return new Map(
    backends.map((backend) => [backend.name, volumeDriver(backend, join(directory, 'volumes'))]),
  );
}

const volumeDriver = (backend: VolumeBackend, directory: string): VolumeDriver =>
  backend.driver === 'file'
    ? volumeDrivers.file({ directory: backend.directory ?? directory })
    : volumeDrivers.lvm(backend);

async function dialer(config: Config, { options }: Parts): Promise<NonNullable<NodeOptions['connect']>> {
  const [ca, cert, key] = await Promise.all(
    ['ca.pem', 'node.pem', 'node.key'].map((name) => readFile(join(config.pki, name), 'utf8')),
  );
  return (onSession) =>
    createSsntpClient({
      ...config.ssntp,
      tls: { ca: ca ?? '', cert: cert ?? '', key: key ?? '' },
      uuid: options.uuid,
      roles: Role.Agent | Role.NetAgent,
      logger: options.log,
      clock: systemClock,
      onSession,
    });
}

/** The node's name for ever, made at its first start. */
async function ensureUuid(directory: string): Promise<string> {
  const path = join(directory, 'uuid');
  await writeFile(path, `${newUuid()}\n`, { flag: 'wx', mode: 0o600 }).catch(() => {}); // it is there
  return (await readFile(path, 'utf8')).trim();
}
