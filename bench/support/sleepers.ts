import type { CloudUser } from '#test/support/cloud-user.ts';
import type { RunningWatch } from './running-watch.ts';

/** The container that all benchmarks make. */
export const SLEEPER = {
  image: 'busybox',
  command: ['sleep', '600'],
  nets: [{ network: 'private' }],
  cpu: 0.1,
  memory: 16,
};

/** Containers of somebody who may have any number of them. */
export class Sleepers {
  readonly #user: CloudUser;
  readonly #running: RunningWatch;
  #made = 0;

  private constructor(user: CloudUser, running: RunningWatch) {
    this.#user = user;
    this.#running = running;
  }

  static async of(user: CloudUser, running: RunningWatch): Promise<Sleepers> {
    await running.ready;
    const { client } = user;
    const { projects } = await client.get<{ projects: { id: string }[] }>('identity', '/projects?name=admin');
    const unlimited = { containers: -1, memory: -1, cpu: -1, disk: -1 };
    await client.put('container', `/quotas/${projects[0]?.id}`, unlimited);
    const { quota } = await client.get<{ quota: object }>('network', `/v2.0/quotas/${projects[0]?.id}`);
    await client.put('network', `/v2.0/quotas/${projects[0]?.id}`, { quota: { ...quota, port: -1 } });
    return new Sleepers(user, running);
  }

  /** Resolves with its id when it runs. */
  async run(): Promise<string> {
    const { uuid } = await this.#user.create({ ...SLEEPER, name: `bench-${this.#made++}` });
    await this.#running.of(uuid);
    return uuid;
  }

  async removeAll(): Promise<void> {
    const containers = await this.#user.list();
    await Promise.all(containers.map(({ uuid }) => this.#user.remove(uuid)));
    const patience = { everyMs: 50, limitMs: 120_000 };
    await Promise.all(containers.map(({ uuid }) => this.#user.untilGone(uuid, patience)));
  }
}
