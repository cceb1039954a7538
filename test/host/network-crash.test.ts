import { afterAll, beforeAll, expect, it } from 'vitest';
import { exec } from '#kernel/exec.ts';
import { newSecret } from '#kernel/ids.ts';
import type { Traces } from '#test/support/cloud-traces.ts';
import { addressOf, type CloudUser, type ContainerView } from '#test/support/cloud-user.ts';
import { Killer } from '#test/support/killer.ts';
import { readNetworkTraces } from '#test/support/network-traces.ts';
import { often } from '#test/support/often.ts';
import { SeededRandom } from '#test/support/random.ts';
import { RealCloud } from '#test/support/real-cloud.ts';
import { SecondNode } from '#test/support/second-node.ts';
import { until } from '#test/support/until.ts';
import { RandomOperations } from './network-operations.ts';
import { NetworkWatch } from './network-watch.ts';

const OPERATIONS = often(125);
const KILLS = often(5);
const SETTLE = { limitMs: 60_000, everyMs: 250 };
/** A ping or two may be late on a machine that has much else to do; a connection or path that was made anew takes longer. */
const LONGEST_GAP_MS = 1_000;

let second: SecondNode;
let cloud: RealCloud;
let user: CloudUser;
let watch: NetworkWatch | undefined;

beforeAll(async () => {
  second = await SecondNode.make();
  cloud = await RealCloud.start(second.cloudConfig);
  await second.join(cloud);
  user = await cloud.signIn();
});

afterAll(async () => {
  watch?.close();
  await cloud.close();
  await second.close();
});

const sleeper = (name: string, host: string) =>
  user.run({ name, image: 'busybox', command: ['sleep', '3600'], nets: [{ network: 'private' }], host });

const endOf = ({ marks }: RealCloud | SecondNode, container: ContainerView) => ({
  namespace: `${marks.prefix}-sandbox-${container.uuid}`,
  address: addressOf(container),
});

/** All that is on both machines, inside every namespace too, and in the databases, when nothing changes any more. */
async function atRest(): Promise<Traces[]> {
  let last = '';
  return until(
    'both nodes come to rest',
    async () => {
      const found = await everything();
      const previous = last;
      last = JSON.stringify(found);
      return found[0]?.['openTasks']?.length === 0 && last === previous && found;
    },
    SETTLE,
  );
}

async function everything(): Promise<Traces[]> {
  const inside = [cloud, second].map(({ marks }) => readNetworkTraces(marks.prefix));
  return Promise.all([cloud.inventory(), second.inventory(), ...inside]);
}

/** Of these ports, those whose far ends are still on the machine. */
async function handedOver(ports: readonly string[]): Promise<string[]> {
  const { stdout } = await exec('ip', ['-o', 'link']);
  return ports.filter((id) => stdout.includes(`t_c${id.slice(0, 11)}`));
}

it(
  `nodes and control may be killed during ${OPERATIONS} random operations: nothing is left over, and traffic does not stop`,
  { timeout: often(400_000) },
  async ({ annotate }) => {
    const seed = newSecret(6);
    await annotate(`seed ${seed}`);
    const [here, there] = [await sleeper('here', cloud.hostname), await sleeper('there', second.hostname)];
    watch = await NetworkWatch.start(endOf(cloud, here), endOf(second, there));
    const before = await atRest();

    const hosts = [cloud.hostname, second.hostname];
    const operations = new RandomOperations({ user, random: new SeededRandom(seed), hosts });
    const killer = new Killer(new SeededRandom(`${seed} kills`), VICTIMS);
    for (let kill = 0; kill < KILLS; kill++) {
      await killer.kill();
      for (let count = 0; count < OPERATIONS / KILLS; count++) await operations.one();
    }
    await killer.untilBack();
    await cloud.untilWhole();
    const { answered, broken } = operations;
    await annotate(`${answered} answered, ${broken} cut off, longest gap ${watch.longestGap()} ms`);
    expect(answered).toBeGreaterThan(OPERATIONS / 2);
    expect(await operations.lost()).toEqual([]);

    await operations.removeAll();
    // A difference is told below, not here.
    await until('what was before', async () => sameAs(before, await everything()), SETTLE).catch(() => {});
    expect(await atRest()).toEqual(before);
    expect(await handedOver(operations.ports)).toEqual([]);
    expect(await watch.isWhole()).toBe(true);
    expect(watch.longestGap()).toBeLessThanOrEqual(LONGEST_GAP_MS);
  },
);

const sameAs = (before: unknown, now: unknown): boolean => JSON.stringify(before) === JSON.stringify(now);

const VICTIMS = [
  { kill: () => cloud.kill('control'), start: () => cloud.start('control') },
  { kill: () => cloud.kill('node'), start: () => cloud.start('node') },
  { kill: () => second.kill(), start: () => second.start() },
];
