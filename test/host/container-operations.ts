import { CloudError } from '#kernel/errors.ts';
import type { CloudUser, ContainerRequest, ContainerView } from '#test/support/cloud-user.ts';
import { tarOf } from '#test/support/image-archives.ts';
import type { SeededRandom } from '#test/support/random.ts';
import { until } from '#test/support/until.ts';

export interface CapsuleView {
  readonly uuid: string;
  readonly status: string;
  readonly containers: readonly ContainerView[];
}

/** What is there before it begins, and there when it has removed all of its own. */
export interface Surroundings {
  /** Names of two networks. */
  readonly networks: readonly [string, string];
  /** Name of a volume: one container may have it at a time. */
  readonly volume: string;
  /** Reference of a secret. */
  readonly secret: string;
}

export interface OperationsDeps {
  readonly user: CloudUser;
  readonly random: SeededRandom;
  readonly surroundings: Surroundings;
}

const CAPSULE = 'capsule';
const COMMITTED = 'committed-';
const MOST_CONTAINERS = 6;
const MOST_CAPSULES = 2;
const PATIENCE = { limitMs: 60_000, everyMs: 100 };
/** Ends at once when it is asked to, as the first process of a container else would not. */
const ENDS_WHEN_ASKED = ['sh', '-c', 'trap exit TERM; sleep 3600 & wait'];

const base64 = (bytes: string | Uint8Array): string => Buffer.from(bytes).toString('base64');

/** Somebody who does all that can be done with containers, at random, and remembers what was promised. */
export class ContainerOperations {
  readonly #deps: OperationsDeps;
  /** Of containers by name: whether they were promised; deleted ones may be there no more. */
  readonly #kept = new Set<string>();
  readonly #removed = new Set<string>();
  /** Of containers by id: the files that were put in and must be there. */
  readonly #files = new Map<string, Map<string, string>>();
  #next = 0;
  answered = 0;
  broken = 0;
  /** How often each kind of operation was granted. */
  readonly granted = new Map<string, number>();

  constructor(deps: OperationsDeps) {
    this.#deps = deps;
  }

  /** One operation. A refusal is an answer; what was cut off may have had its effect, and then control is waited for. */
  async one(): Promise<void> {
    const [name, operation] = this.#deps.random.pick(this.#operations);
    try {
      await operation();
      this.answered++;
      this.granted.set(name, (this.granted.get(name) ?? 0) + 1);
    } catch (thrown) {
      if (thrown instanceof NothingFits) return this.one();
      if (!(thrown instanceof CloudError)) throw thrown;
      if (thrown.kind !== 'unavailable') this.answered++;
      else {
        this.broken++;
        await until('control is back', () => this.containers(), PATIENCE);
      }
    }
  }

  containers(): Promise<readonly ContainerView[]> {
    return this.#deps.user.list();
  }

  async capsules(): Promise<readonly CapsuleView[]> {
    const { capsules } = await this.#get<{ capsules: CapsuleView[] }>('/capsules/');
    return capsules;
  }

  /** Files that must be in the container: what it was made with, and what was put in since it was last made anew. */
  filesOf({ name, uuid }: ContainerView): ReadonlyMap<string, string> {
    return new Map([['/given', name], ...(this.#files.get(uuid) ?? [])]);
  }

  /** What was promised and is not there, or removed and is. */
  async brokenPromises(): Promise<string[]> {
    const names = new Set((await this.containers()).map(({ name }) => name));
    return [
      ...[...this.#kept].filter((name) => !names.has(name)).map((name) => `${name} is lost`),
      ...[...this.#removed].filter((name) => names.has(name)).map((name) => `${name} is back`),
    ];
  }

  async removeAll(): Promise<void> {
    for (const { uuid } of await this.capsules()) await this.#delete(`/capsules/${uuid}`);
    for (const { uuid } of await this.containers()) await this.#deps.user.remove(uuid);
    const isEmpty = async () => (await this.containers()).length + (await this.capsules()).length === 0;
    await until('no container is there', isEmpty, PATIENCE);
    const { client } = this.#deps.user;
    const { images } = await client.get<{ images: { id: string; name: string }[] }>('image', '/v2/images');
    for (const { id, name } of images)
      if (name.startsWith(COMMITTED)) await client.delete('image', `/v2/images/${id}`);
  }

  readonly #operations: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['create', () => this.#create()],
    ['create', () => this.#create()],
    ['create capsule', () => this.#createCapsule()],
    ['delete', () => this.#remove()],
    ['delete capsule', () => this.#removeCapsule()],
    ['stop', async () => this.#act(await this.#any('Running'), 'stop', { timeout: 1 })],
    ['start', async () => this.#act(await this.#any('Stopped', 'Created', 'Error'), 'start')],
    ['start', async () => this.#act(await this.#any('Stopped', 'Created', 'Error'), 'start')],
    ['kill', async () => this.#act(await this.#any('Running'), 'kill')],
    ['pause', async () => this.#act(await this.#any('Running'), 'pause')],
    ['unpause', async () => this.#act(await this.#any('Paused'), 'unpause')],
    ['unpause', async () => this.#act(await this.#any('Paused'), 'unpause')],
    ['reboot', async () => this.#act(await this.#any('Running', 'Stopped'), 'reboot', { timeout: 1 })],
    ['rebuild', () => this.#rebuild()],
    ['resize', () => this.#resize()],
    ['attach network', () => this.#plug('network_attach')],
    ['attach network', () => this.#plug('network_attach')],
    ['detach network', () => this.#plug('network_detach')],
    ['put archive', () => this.#put()],
    [
      'get archive',
      async () => this.#get(`${pathOf(await this.#any('Running', 'Stopped'))}/get_archive?path=/etc`),
    ],
    ['commit', () => this.#commit()],
    ['exec', async () => this.#deps.user.exec((await this.#any('Running')).uuid, 'hostname')],
  ];

  async #create(): Promise<void> {
    if ((await this.containers()).length >= MOST_CONTAINERS) return this.#remove();
    const name = `c${this.#next++}`;
    await this.#post(`/containers?run=${this.#deps.random.below(4) > 0}`, this.#request(name));
    this.#kept.add(name);
  }

  /** Each with some of what a container can have. */
  #request(name: string): ContainerRequest {
    const { random, surroundings } = this.#deps;
    const { networks, secret, volume } = surroundings;
    const mounts = [
      { type: 'bind', source: base64(name), destination: '/given' },
      ...(random.below(4) === 0 ? [{ source: volume, destination: '/shared' }] : []),
      ...(random.below(4) === 0 ? [{ size: 1, destination: '/data' }] : []),
    ];
    return {
      name,
      image: 'busybox',
      command: ENDS_WHEN_ASKED,
      cpu: 0.1,
      memory: 64,
      nets: [{ network: random.pick(networks) }],
      mounts,
      ...(random.below(2) === 0 && { secrets: [{ source: secret, destination: '/run/secret' }] }),
      ...(random.below(3) === 0 && { exposed_ports: { '80/tcp': {} } }),
    };
  }

  async #createCapsule(): Promise<void> {
    if ((await this.capsules()).length >= MOST_CAPSULES) return this.#removeCapsule();
    const [command = '', ...args] = ENDS_WHEN_ASKED;
    const member = { image: 'busybox', resources: { requests: { cpu: 0.1, memory: 64 } } };
    const spec = {
      initContainers: [{ ...member, command: ['true'] }],
      containers: [
        { ...member, command: [command], args },
        { ...member, command: [command], args, ports: [{ containerPort: 80 }] },
      ],
    };
    const template = { kind: 'capsule', metadata: { name: `${CAPSULE}${this.#next++}` }, spec };
    await this.#post('/capsules/', { template });
  }

  async #remove(): Promise<void> {
    const { name, uuid } = this.#deps.random.pick(some(await this.#all()));
    this.#kept.delete(name); // what is cut off may be gone
    await this.#delete(`/containers/${uuid}?force=true`);
    this.#removed.add(name);
  }

  async #removeCapsule(): Promise<void> {
    const { uuid } = this.#deps.random.pick(some(await this.capsules()));
    await this.#delete(`/capsules/${uuid}`);
  }

  /** What was in it is gone, even when the answer is cut off. */
  async #rebuild(): Promise<void> {
    const container = await this.#any('Running', 'Stopped');
    const files = this.#files.get(container.uuid);
    this.#files.delete(container.uuid);
    await this.#act(container, 'rebuild').catch((thrown: unknown) => {
      if (files && thrown instanceof CloudError && thrown.kind === 'conflict')
        this.#files.set(container.uuid, files);
      throw thrown;
    });
  }

  async #resize(): Promise<void> {
    const memory = String(64 + this.#deps.random.below(64));
    await this.#act(await this.#any('Running', 'Stopped', 'Created'), 'resize_container', { memory });
  }

  async #plug(verb: 'network_attach' | 'network_detach'): Promise<void> {
    const network = this.#deps.random.pick(this.#deps.surroundings.networks);
    const container = await this.#any('Running', 'Stopped');
    await this.#post(`${pathOf(container)}/${verb}?network=${network}`, {});
  }

  async #put(): Promise<void> {
    const { uuid } = await this.#any('Running', 'Stopped');
    const [path, content] = [`put-${this.#next++}`, `content ${this.#next}`];
    const data = base64(await tarOf([{ name: path, content }]));
    await this.#post(`/containers/${uuid}/put_archive?path=/`, { data });
    const files = this.#files.get(uuid) ?? new Map<string, string>();
    this.#files.set(uuid, files.set(`/${path}`, content));
  }

  async #commit(): Promise<void> {
    const container = await this.#any('Running', 'Stopped');
    await this.#act(container, 'commit', { repository: `${COMMITTED}${this.#next++}` });
  }

  /** One that is in any of these, and does nothing else. @throws NothingFits */
  async #any(...statuses: readonly string[]): Promise<ContainerView> {
    const isFit = ({ status, task_state }: ContainerView) => statuses.includes(status) && task_state === null;
    return this.#deps.random.pick(some((await this.#all()).filter(isFit)));
  }

  async #all(): Promise<ContainerView[]> {
    return (await this.containers()).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  #act(container: ContainerView, verb: string, parameters: object = {}): Promise<unknown> {
    return this.#post(`${pathOf(container)}/${verb}`, parameters);
  }

  #get<T>(path: string): Promise<T> {
    return this.#deps.user.client.get('container', path);
  }

  #post(path: string, body: object): Promise<unknown> {
    return this.#deps.user.client.post('container', path, body);
  }

  #delete(path: string): Promise<void> {
    return this.#deps.user.client.delete('container', path);
  }
}

const pathOf = ({ uuid }: ContainerView): string => `/containers/${uuid}`;

/** Another operation is to be tried. */
class NothingFits extends Error {}

function some<T>(things: readonly T[]): readonly T[] {
  if (things.length === 0) throw new NothingFits();
  return things;
}
