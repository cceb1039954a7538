import { readFile, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '#kernel/clock.ts';
import { CloudError } from '#kernel/errors.ts';
import { newSecret } from '#kernel/ids.ts';
import { addressOf, RESTING, type CloudUser, type ContainerView } from '#test/support/cloud-user.ts';
import { often } from '#test/support/often.ts';
import { SeededRandom } from '#test/support/random.ts';
import { RealCloud } from '#test/support/real-cloud.ts';
import { until } from '#test/support/until.ts';

/** kill -9 of the real processes, at any moment, is a normal event. */
const KILLS = often(10);
const USERS = 3;
const LONG = often(300_000);
const SETTLE = { limitMs: 60_000, everyMs: 100 };

let cloud: RealCloud;
let user: CloudUser;

beforeEach(async () => {
  cloud = await RealCloud.start();
  user = await cloud.signIn();
});

afterEach(() => cloud.close());

it(
  `control may be killed at ${KILLS} random moments: nothing is lost and nothing is left over`,
  { timeout: LONG },
  async ({ annotate }) => {
    const random = new SeededRandom(newSecret(6));
    await annotate(`seed ${random.seed}`);
    // The name server of a network comes with its first port: from then on an empty cloud looks as it will in the end.
    await removeAll([await user.run(sleeper('first'))]);
    const empty = await cloud.settled(SETTLE);

    const traffic = new Traffic(random);
    for (let kill = 0; kill < KILLS; kill++) {
      await systemClock.sleep(random.below(400)); // not for something to happen: this is the random moment
      await cloud.kill('control');
      await cloud.start('control');
    }
    await traffic.end();
    await cloud.untilWhole();
    expect(traffic.answered).toBeGreaterThan(KILLS);

    await until(
      'every container is in a state of rest',
      async () => (await user.list()).every(isAtRest),
      SETTLE,
    );
    const containers = await user.list();
    const names = containers.map(({ name }) => name).toSorted();
    await annotate(`${traffic.answered} requests answered, ${traffic.broken} cut off`);
    expect(names).toEqual(expect.arrayContaining(traffic.kept()));
    expect(traffic.removed().filter((name) => names.includes(name))).toEqual([]);
    for (const container of containers.filter(({ status }) => status === 'Running'))
      expect((await user.exec(container.uuid, 'hostname')).output.trim()).toBe(container.name);

    await removeAll(containers);
    expect(await cloud.settled(SETTLE)).toEqual(empty);
  },
);

it('a killed node leaves containers running, and finds them and what became of them when it is back', async () => {
  const [web, quitter, talker] = await Promise.all([
    user.run({ name: 'web', image: 'hello', nets: [{ network: 'private' }] }),
    user.run({
      ...sleeper('quitter'),
      command: ['sh', '-c', 'until [ -e /go ]; do sleep 0.05; done; exit 7'],
    }),
    user.run({ ...sleeper('talker'), command: ['sh', '-c', 'while sleep 0.1; do echo tick; done'] }),
  ]);
  const before = await mainProcess(web);

  await cloud.kill('node');
  const ticks = await lines(talker);
  await writeFile(`/proc/${await mainProcess(quitter)}/root/go`, '');
  await until('the end of quitter', async () => (await processes(quitter)).length === 0);
  expect(await mainProcess(web)).toBe(before);
  await cloud.start('node');

  const ended = await user.untilStatus(quitter.uuid, 'Stopped');
  expect(ended.status_detail).toMatch(/^Exited\(7\)/);
  expect(await mainProcess(web)).toBe(before);
  expect((await user.exec(talker.uuid, `wget -q -O - http://${addressOf(web)}/`)).output).toContain('web');
  await until('what talker said meanwhile and since', async () => (await lines(talker)) > ticks + 5);

  await user.act(talker.uuid, 'stop', { timeout: 1 });
  const stopped = await user.untilStatus(talker.uuid, 'Stopped');
  expect(stopped.status_detail).toMatch(/^Exited\((137|143)\)/);
  await removeAll([web, quitter, talker]);
});

const sleeper = (name: string) => ({
  name,
  image: 'busybox',
  command: RESTING,
  nets: [{ network: 'private' }],
});

const AT_REST = ['Running', 'Stopped', 'Paused', 'Error'];
const isAtRest = ({ status, task_state }: ContainerView) => AT_REST.includes(status) && task_state === null;

async function removeAll(containers: readonly ContainerView[]): Promise<void> {
  await Promise.all(containers.map(({ uuid }) => user.remove(uuid)));
  await Promise.all(containers.map(({ uuid }) => user.untilGone(uuid, SETTLE)));
}

/** The pid of the container's first process, from its cgroup: whatever the node says. */
async function mainProcess(container: ContainerView): Promise<string> {
  const [first] = await processes(container);
  if (first === undefined) throw new Error(`${container.name} does not run.`);
  return first;
}

async function processes({ uuid }: ContainerView): Promise<string[]> {
  const path = `/${cloud.marks.cgroup}/${uuid}/cgroup.procs`;
  const text = await readFile(`/sys/fs/cgroup/pids${path}`, 'utf8')
    .catch(() => readFile(`/sys/fs/cgroup${path}`, 'utf8'))
    .catch(() => '');
  return text.split('\n').filter(Boolean);
}

/** How often talker has spoken, from its log on the disk. */
async function lines(container: ContainerView): Promise<number> {
  const file = `${cloud.paths.data}/node/crun/workloads/${container.uuid}/log`;
  return (await readFile(file, 'utf8')).split('\n').length;
}

type Belief = 'kept' | 'removed' | 'unknown';

/** Users who create, stop, start and delete without end, and remember what they were promised. */
class Traffic {
  readonly #random: SeededRandom;
  readonly #beliefs = new Map<string, Belief>();
  readonly #users: Promise<void>[];
  #ended = false;
  #next = 0;
  answered = 0;
  broken = 0;

  constructor(random: SeededRandom) {
    this.#random = random;
    this.#users = Array.from({ length: USERS }, () => this.#work());
  }

  kept = () => this.#names('kept');
  removed = () => this.#names('removed');

  async end(): Promise<void> {
    this.#ended = true;
    await Promise.all(this.#users);
  }

  async #work(): Promise<void> {
    while (!this.#ended) {
      const name = `c${this.#next++}`;
      await this.#create(name);
      for (const verb of [this.#random.pick(['stop', 'kill', 'reboot'] as const), 'start'] as const)
        await this.#attempt(() => user.act(name, verb));
      if (this.#random.below(3) > 0) await this.#remove(name);
    }
  }

  async #create(name: string): Promise<void> {
    this.#beliefs.set(name, 'unknown');
    if (await this.#attempt(() => user.create(sleeper(name)))) this.#beliefs.set(name, 'kept');
    else await until('control is back', () => user.list(), SETTLE);
  }

  async #remove(name: string): Promise<void> {
    const before = this.#beliefs.get(name) ?? 'unknown';
    this.#beliefs.set(name, 'unknown');
    const done = await this.#attempt(() => user.client.delete('container', `/containers/${name}?force=true`));
    if (done) this.#beliefs.set(name, before === 'kept' ? 'removed' : before);
  }

  /** @returns whether it was promised. A refusal is an answer; a request that was cut off may have had its effect. */
  async #attempt(request: () => Promise<unknown>): Promise<boolean> {
    try {
      await request();
      this.answered++;
      return true;
    } catch (thrown) {
      if (!(thrown instanceof CloudError)) throw thrown;
      if (thrown.kind === 'unavailable') this.broken++;
      else this.answered++;
      return false;
    }
  }

  #names(belief: Belief): string[] {
    return [...this.#beliefs].flatMap(([name, one]) => (one === belief ? [name] : [])).toSorted();
  }
}
