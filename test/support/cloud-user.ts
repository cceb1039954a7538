import { CloudError } from '#kernel/errors.ts';
import { CloudClient } from '#src/sdk/client.ts';
import { until, type Patience } from './until.ts';

/** The part of Zun's container that tests and benchmarks look at. */
export interface ContainerView {
  readonly uuid: string;
  readonly name: string;
  readonly status: string;
  readonly status_reason: string | null;
  readonly status_detail: string;
  readonly task_state: string | null;
  readonly addresses: Readonly<Record<string, readonly { addr: string; version: 4 | 6; port: string }[]>>;
}

/** What is asked for in `POST /containers`. */
export interface ContainerRequest {
  readonly name: string;
  readonly image: string;
  readonly hostname?: string;
  readonly command?: readonly string[];
  readonly nets?: readonly { readonly network: string }[];
  readonly security_groups?: readonly string[];
  /** The node that it shall be on. */
  readonly host?: string;
  readonly runtime?: string;
  readonly image_driver?: 'glance' | 'docker';
  readonly registry?: string;
  readonly cpu?: number;
  readonly memory?: number;
  readonly mounts?: readonly object[];
  readonly secrets?: readonly object[];
}

/**
 * Rests, and ends when it is asked to. What is first in its container hears no signal that it has not asked for: a bare `sleep` is waited
 * for until its time is over, and killed.
 */
export const RESTING = ['sh', '-c', 'trap "exit 0" TERM; sleep 100000 & wait'] as const;

type Verb = 'start' | 'stop' | 'pause' | 'unpause' | 'reboot' | 'kill';

/** Somebody who uses a cloud by its public APIs alone. */
export class CloudUser {
  readonly client: CloudClient;

  private constructor(client: CloudClient) {
    this.client = client;
  }

  static async signIn(baseUrl: string, password: string): Promise<CloudUser> {
    const credentials = { username: 'admin', password, projectName: 'admin', domainId: 'default' };
    return new CloudUser(
      await CloudClient.signIn({ baseUrl, credentials, apiVersion: 'container 1.40, volume 3.70' }),
    );
  }

  create(request: ContainerRequest): Promise<ContainerView> {
    return this.client.post('container', '/containers?run=true', request);
  }

  /** Created, and seen running. */
  async run(request: ContainerRequest, patience?: Patience): Promise<ContainerView> {
    const { uuid } = await this.create(request);
    return this.untilStatus(uuid, 'Running', patience);
  }

  get(id: string): Promise<ContainerView> {
    return this.client.get('container', `/containers/${id}`);
  }

  async list(): Promise<readonly ContainerView[]> {
    const { containers } = await this.client.get<{ containers: ContainerView[] }>('container', '/containers');
    return containers;
  }

  /** @throws Error with the reason when it is in Error instead. */
  async untilStatus(id: string, status: string, patience?: Patience): Promise<ContainerView> {
    const ended = await until(
      `container ${id} is ${status}`,
      async () => {
        const container = await this.get(id);
        if ([status, 'Error'].includes(container.status) && container.task_state === null) return container;
        throw new Error(`It is ${container.status}, ${container.task_state ?? container.status_detail}.`);
      },
      patience,
    );
    if (ended.status !== status) throw new Error(`${ended.name} is ${ended.status}: ${ended.status_reason}`);
    return ended;
  }

  async act(id: string, verb: Verb, parameters: object = {}): Promise<void> {
    await this.client.post('container', `/containers/${id}/${verb}`, parameters);
  }

  /** A command line, in the words of a shell. */
  async exec(id: string, command: string): Promise<{ output: string; exitCode: number }> {
    const path = `/containers/${id}/execute`;
    const answer = await this.client.post<{ output: string; exit_code: number }>('container', path, {
      command,
    });
    return { output: answer.output, exitCode: answer.exit_code };
  }

  logs(id: string): Promise<string> {
    return this.client.get('container', `/containers/${id}/logs`);
  }

  /** Whatever state it is in. Gone already is gone. */
  async remove(id: string): Promise<void> {
    await this.client.delete('container', `/containers/${id}?force=true`).catch(unlessGone);
  }

  async untilGone(id: string, patience?: Patience): Promise<void> {
    const isGone = () =>
      this.get(id).then(
        () => false,
        (thrown) => unlessGone(thrown) ?? true,
      );
    await until(`container ${id} is gone`, isGone, patience);
  }

  /** Names of the nodes that are connected. */
  async nodesAlive(): Promise<readonly string[]> {
    const { agents } = await this.client.get<{ agents: { host: string; alive: boolean }[] }>(
      'network',
      '/v2.0/agents?agent_type=L3+agent',
    );
    return agents.filter(({ alive }) => alive).map(({ host }) => host);
  }

  /** A network of this user's with one subnet. @returns its id */
  async createNetwork(name: string, cidr: string): Promise<string> {
    const { id } = await this.createNeutron('network', { name });
    await this.createNeutron('subnet', { name, network_id: id, ip_version: 4, cidr });
    return id;
  }

  async createNeutron(noun: string, wanted: object): Promise<{ id: string } & Record<string, unknown>> {
    const answer = await this.client.post<Record<string, { id: string }>>('network', `/v2.0/${noun}s`, {
      [noun.replaceAll('-', '_')]: wanted,
    });
    const made = answer[noun.replaceAll('-', '_')];
    if (made === undefined) throw new Error(`No ${noun} was made.`);
    return made;
  }
}

/** The container's first address of that version. */
export function addressOf({ addresses, name }: ContainerView, version: 4 | 6 = 4): string {
  const found = Object.values(addresses)
    .flat()
    .find((address) => address.version === version);
  if (found === undefined) throw new Error(`${name} has no IPv${version} address.`);
  return found.addr;
}

export function portOf({ addresses, name }: ContainerView): string {
  const port = Object.values(addresses).flat()[0]?.port;
  if (port === undefined) throw new Error(`${name} has no port.`);
  return port;
}

function unlessGone(thrown: unknown): void {
  if (!(thrown instanceof CloudError && thrown.kind === 'not-found')) throw thrown;
}
