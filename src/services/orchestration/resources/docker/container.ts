import { buffer } from 'node:stream/consumers';
import type Docker from 'dockerode';
import type { ContainerInspectInfo } from 'dockerode';
import { badRequest, CloudError } from '#kernel/errors.ts';
import { textOf, type Json } from '../../template/json.ts';
import type { ResourceRun, ResourceType } from '../resource-type.ts';
import { gone } from '../rest/collection.ts';
import { asked, type DockerEngines } from './daemon.ts';
import { logText } from './logs.ts';
import { CONTAINER_PROPERTIES } from './properties.ts';
import { asksForVersion, assertSupported, creationOf } from './request.ts';

/** A container of a Docker Engine that the template names: the cloud's own networks, quotas and nodes have no part in it. */
export function dockerContainer(engines: DockerEngines): ResourceType {
  const verbs = new DockerVerbs(engines);
  return {
    name: 'DockerInc::Docker::Container',
    description: 'A container of the Docker Engine at an endpoint.',
    support: { status: 'UNSUPPORTED', message: 'This resource is not supported, use at your own risk.' },
    properties: CONTAINER_PROPERTIES,
    attributes: {
      info: { description: 'Container info.' },
      network_info: { description: 'Container network info.' },
      network_ip: { description: 'Container ip address.' },
      network_gateway: { description: 'Container ip gateway.' },
      network_tcp_ports: { description: 'Container TCP ports.' },
      network_udp_ports: { description: 'Container UDP ports.' },
      logs: { description: 'Container logs.' },
      logs_head: { description: 'Container first logs line.' },
      logs_tail: { description: 'Container last logs line.' },
    },
    create: (run) => verbs.create(run),
    settled: (run) => verbs.isUp(run),
    remove: (run) => verbs.remove(run),
    removed: (run) => verbs.removed(run),
    attribute: (run, [name]) => verbs.attribute(run, String(name)),
    async check(run) {
      await verbs.inspect(run);
    },
    suspend: (run) => verbs.stop(run),
    resume: (run) => verbs.start(run),
  };
}

class DockerVerbs {
  readonly #engines: DockerEngines;

  constructor(engines: DockerEngines) {
    this.#engines = engines;
  }

  #daemon({ properties }: ResourceRun): Promise<Docker> {
    return this.#engines.at(properties['docker_endpoint'] as string | undefined);
  }

  async #container(run: ResourceRun): Promise<Docker.Container> {
    return (await this.#daemon(run)).getContainer(run.resource.physicalId ?? nameOf(run));
  }

  async inspect(run: ResourceRun): Promise<ContainerInspectInfo> {
    return asked((await this.#container(run)).inspect());
  }

  async create(run: ResourceRun): Promise<string> {
    const { properties, resource } = run;
    if (properties['image'] === undefined) throw badRequest('Property image not assigned');
    const daemon = await this.#daemon(run);
    if (asksForVersion(properties)) assertSupported(properties, (await asked(daemon.version())).ApiVersion);
    const id =
      resource.physicalId ??
      (run.again ? await madeBefore(run, daemon) : undefined) ??
      (await made(run, daemon));
    await run.made(id);
    await asked(daemon.getContainer(id).start()).catch(unlessSo);
    return id;
  }

  async stop(run: ResourceRun): Promise<void> {
    await asked((await this.#container(run)).stop()).catch(unlessSo);
  }

  async start(run: ResourceRun): Promise<void> {
    await asked((await this.#container(run)).start()).catch(unlessSo);
  }

  /** @throws CloudError with what the container said, when it ended badly */
  async isUp(run: ResourceRun): Promise<boolean> {
    const { State } = await this.inspect(run);
    if (State.ExitCode !== 0 && !State.Running)
      throw new CloudError(
        'internal',
        (await this.#logs(run)) || `The container ended with ${State.ExitCode}.`,
      );
    return State.Running;
  }

  async remove(run: ResourceRun): Promise<void> {
    const daemon = await this.#daemon(run);
    const id = run.resource.physicalId ?? (await madeBefore(run, daemon));
    if (id === undefined) return;
    await run.made(id);
    await gone(asked(daemon.getContainer(id).kill())).catch(unlessStopped);
  }

  /** Once it does not run it is taken away. */
  async removed(run: ResourceRun): Promise<boolean> {
    if (run.resource.physicalId === null) return true;
    const there = await gone(this.inspect(run));
    if (there === undefined) return true;
    if (there.State.Running) return false;
    await gone(asked((await this.#container(run)).remove({ v: true }))).catch(unlessStopped);
    return (await gone(this.inspect(run))) === undefined;
  }

  async attribute(run: ResourceRun, name: string): Promise<Json> {
    if (run.resource.physicalId === null) return null;
    if (!name.startsWith('logs')) return factOf(await this.inspect(run), name);
    const lines = (await this.#logs(run)).split('\n');
    if (name === 'logs_head') return lines[0] ?? '';
    return name === 'logs_tail' ? (lines.at(-1) ?? '') : lines.join('\n');
  }

  async #logs(run: ResourceRun): Promise<string> {
    const container = await this.#container(run);
    const { Config } = await asked(container.inspect());
    const said = await asked(container.logs({ stdout: true, stderr: true, follow: false }));
    return logText(Buffer.isBuffer(said) ? said : await buffer(said), Config.Tty);
  }
}

/** A name that nobody else gives finds it again after a crash. */
const nameOf = ({ properties, resource }: ResourceRun): string =>
  textOf(properties['name'] ?? resource.physicalName).replaceAll(/[^a-zA-Z0-9_.-]/g, '_');

const LABEL = 'hydria.stack-resource';

async function made(run: ResourceRun, daemon: Docker): Promise<string> {
  await ensureImage(daemon, textOf(run.properties['image']));
  const options = { ...creationOf(run.properties, nameOf(run)), Labels: { [LABEL]: run.resource.id } };
  return (await asked(daemon.createContainer(options))).id;
}

async function madeBefore({ resource }: ResourceRun, daemon: Docker): Promise<string | undefined> {
  const filters = { label: [`${LABEL}=${resource.id}`] };
  return (await asked(daemon.listContainers({ all: true, filters })))[0]?.Id;
}

/** As new as the registry has it; where that cannot be asked, as the daemon has it. */
async function ensureImage(daemon: Docker, image: string): Promise<void> {
  const tagged = /[:@][^/]*$/.test(image) ? image : `${image}:latest`;
  try {
    const pulled = await asked(daemon.pull(tagged));
    await new Promise<void>((done, fail) => {
      daemon.modem.followProgress(pulled, (problem) => (problem ? fail(problem) : done()));
    });
  } catch (thrown) {
    if ((await gone(asked(daemon.getImage(tagged).inspect()))) === undefined) throw thrown;
  }
}

/** Running already, or stopped already. */
function unlessSo(thrown: unknown): void {
  const status = ((thrown as CloudError).cause as { readonly statusCode?: number } | undefined)?.statusCode;
  if (status !== 304) throw thrown;
}

function unlessStopped(thrown: unknown): void {
  if (CloudError.from(thrown).kind !== 'conflict') throw thrown;
}

function factOf(info: ContainerInspectInfo, name: string): Json {
  const network = networkOf(info);
  const facts: Readonly<Record<string, unknown>> = {
    info,
    network_info: network,
    network_ip: network.IPAddress,
    network_gateway: network.Gateway,
    network_tcp_ports: network.TcpPorts,
    network_udp_ports: network.UdpPorts,
  };
  return (facts[name] ?? null) as Json;
}

/** Newer daemons tell addresses by network alone. */
function networkOf({ NetworkSettings: settings }: ContainerInspectInfo) {
  const older = settings as typeof settings & { readonly IPAddress?: string; readonly Gateway?: string };
  const [first] = Object.values(settings.Networks ?? {});
  const ports = (protocol: string) =>
    Object.entries(settings.Ports ?? {})
      .filter(([port]) => port.endsWith(`/${protocol}`))
      .flatMap(([, bound]) => (bound ?? []).map(({ HostPort }) => HostPort));
  return {
    ...settings,
    IPAddress: older.IPAddress || (first?.IPAddress ?? ''),
    Gateway: older.Gateway || (first?.Gateway ?? ''),
    TcpPorts: [...new Set(ports('tcp'))].join(','),
    UdpPorts: [...new Set(ports('udp'))].join(','),
  };
}
