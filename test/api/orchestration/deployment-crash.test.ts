import { expect, it } from 'vitest';
import { deploymentTypes } from '#services/orchestration/resources/heat/deployment.ts';
import type { Cloud, CloudRequest } from '#services/orchestration/resources/resource-type.ts';
import { startCloud } from '#test/support/cloud.ts';
import { cloudFor, Specimen } from '#test/support/type-bench.ts';

/** A cloud that dies at one of its calls: before it is made, or after, when nobody hears of it. */
class Dying {
  readonly #cloud: Cloud;
  readonly keys = new Set<string>();
  readonly tellers = new Set<string>();
  #left = Number.POSITIVE_INFINITY;
  #heard = false;

  constructor(cloud: Cloud) {
    this.#cloud = cloud;
  }

  get died(): boolean {
    return this.#left <= 0;
  }

  dieAt(call: number, heard: boolean): void {
    this.#left = call;
    this.#heard = heard;
  }

  live(): void {
    this.#left = Number.POSITIVE_INFINITY;
  }

  readonly cloud: Cloud = {
    call: (request: CloudRequest) => this.#mortal(() => this.#cloud.call(request)),
    keys: {
      add: ({ access }) => this.#mortal(async () => void this.keys.add(access)),
      remove: (access) => this.#mortal(async () => void this.keys.delete(access)),
    },
    tellers: {
      add: ({ name }) =>
        this.#mortal(async () => {
          this.tellers.add(name);
          return { id: name, projectId: 'heat' };
        }),
      remove: (name) => this.#mortal(async () => void this.tellers.delete(name)),
    },
  };

  async #mortal<T>(work: () => Promise<T>): Promise<T> {
    this.#left -= 1;
    if (this.#left > 0) return work();
    if (this.#left === 0 && this.#heard) await work();
    throw new Error('The process dies.');
  }
}

const [deployment] = deploymentTypes;
const group = deploymentTypes.find(({ name }) => name === 'OS::Heat::SoftwareDeploymentGroup');

it.each([
  ['a deployment', deployment, { server: 's1' }, 1],
  ['a group', group, { servers: { a: 's1', b: 's2' } }, 2],
  ['a deployment with a user', deployment, { server: 's1', signal_transport: 'HEAT_SIGNAL' }, 1],
  ['a group with users', group, { servers: { a: 's1', b: 's2' }, signal_transport: 'HEAT_SIGNAL' }, 2],
] as const)('%s leaves nothing over wherever a process dies on its way', async (_, type, target, servers) => {
  if (!type) throw new Error('There is no such type.');
  await using whole = await startCloud();
  const member = await whole.addMember('member');
  const living = cloudFor(whole, member.token, member.projectId);
  const list = async (what: string) =>
    (
      (await living.call({ service: 'orchestration', method: 'GET', path: `/${what}` })).body as Record<
        string,
        { id: string }[]
      >
    )[what] ?? [];
  const source = {
    service: 'orchestration',
    method: 'POST',
    path: '/software_configs',
    body: { config: 'x' },
  } as const;
  const { software_config: config } = (await living.call(source)).body as { software_config: { id: string } };
  const counts = async (dying: Dying) => [
    (await list('software_configs')).length - 1,
    (await list('software_deployments')).length,
    'signal_transport' in target ? dying.tellers.size : dying.keys.size,
  ];
  const tellers = 'signal_transport' in target ? servers : 1;
  const complete = async () => {
    for (const { id } of await list('software_deployments'))
      await living.call({
        service: 'orchestration',
        method: 'PUT',
        path: `/software_deployments/${id}`,
        body: { status: 'COMPLETE' },
      });
  };
  for (const heard of [false, true])
    for (let at = 1, died = true; died; at += 1) {
      const dying = new Dying(living);
      const one = new Specimen(dying.cloud, type, { config: config.id, ...target });
      one.passing = complete;
      const mortally = async (work: () => Promise<unknown>, again: () => Promise<unknown>) => {
        dying.dieAt(at, heard);
        await work().catch(() => undefined);
        const hasDied = dying.died;
        dying.live();
        if (hasDied) await again();
        return hasDied;
      };
      const made = await mortally(
        () => one.create(),
        () => one.create(true),
      );
      expect(await counts(dying), `made, died at ${at}`).toEqual([servers, servers, tellers]);
      const change = { input_values: { at } };
      const changed = await mortally(
        () => one.update(change),
        () => one.update(change),
      );
      expect(await counts(dying), `changed, died at ${at}`).toEqual([servers, servers, tellers]);
      const removed = await mortally(
        () => one.remove(),
        () => one.remove(),
      );
      expect(await counts(dying), `removed, died at ${at}`).toEqual([0, 0, 0]);
      died = made || changed || removed;
    }
});
