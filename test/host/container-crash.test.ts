import { afterAll, beforeAll, expect, it } from 'vitest';
import { newSecret } from '#kernel/ids.ts';
import type { CloudUser } from '#test/support/cloud-user.ts';
import { CloudVolumes } from '#test/support/cloud-volumes.ts';
import { Killer } from '#test/support/killer.ts';
import { often } from '#test/support/often.ts';
import { SeededRandom } from '#test/support/random.ts';
import { RealCloud } from '#test/support/real-cloud.ts';
import { until } from '#test/support/until.ts';
import { ContainerOperations, type Surroundings } from './container-operations.ts';
import { falsehoods, falsePower, isAtRest, lostFiles } from './container-truth.ts';

const OPERATIONS = often(60);
const KILLS = often(6);
const SETTLE = { limitMs: 60_000, everyMs: 200 };

let cloud: RealCloud;
let user: CloudUser;

beforeAll(async () => {
  cloud = await RealCloud.start();
  user = await cloud.signIn();
});

afterAll(() => cloud.close());

async function surroundings(): Promise<Surroundings> {
  await user.createNetwork('side', '10.77.0.0/24');
  const payload = newSecret(24);
  cloud.secrecy.keep(payload);
  const wanted = { name: 'secret', payload, payload_content_type: 'text/plain' };
  const { secret_ref } = await user.client.post<{ secret_ref: string }>('key-manager', '/v1/secrets', wanted);
  await new CloudVolumes(user.client).volume('shared');
  return { networks: ['private', 'side'], volume: 'shared', secret: secret_ref };
}

/** The name server of a network comes with its first port: from then on an empty cloud looks as it will in the end. */
async function emptyCloud() {
  const nets = ['private', 'side'].map((network) => ({ network }));
  const { uuid } = await user.run(
    { name: 'first', image: 'busybox', command: ['sleep', '60'], nets },
    SETTLE,
  );
  await user.remove(uuid);
  await user.untilGone(uuid, SETTLE);
  return cloud.settled(SETTLE);
}

/** Resolves when nothing is under way; then all that the API says is so, or will be in a moment. */
async function untilTrue(operations: ContainerOperations): Promise<void> {
  const { containers, members } = await until('nothing is under way', () => allAtRest(operations), SETTLE);
  const isTrue = async () => {
    const wrong = await Promise.all([
      ...containers.map((container) => falsehoods(cloud.marks, container)),
      ...members.map((member) => falsePower(cloud.marks, member)),
    ]);
    if (wrong.flat().length === 0) return true;
    throw new Error(wrong.flat().join('; '));
  };
  await until('what the API says is true', isTrue, { limitMs: 5_000, everyMs: 200 });
  for (const container of containers.filter(({ status }) => status === 'Running'))
    expect(await lostFiles(user, container, operations.filesOf(container))).toEqual([]);
  expect(await operations.brokenPromises()).toEqual([]);
}

async function allAtRest(operations: ContainerOperations) {
  const [containers, capsules] = [await operations.containers(), await operations.capsules()];
  const members = capsules.flatMap((capsule) => capsule.containers);
  const busy = [...containers, ...members].filter((container) => !isAtRest(container));
  if (busy.length > 0) throw new Error(JSON.stringify(busy));
  const { openTasks } = await cloud.inventory();
  return openTasks?.length === 0 && { containers, members };
}

it(
  `node and control may be killed during ${OPERATIONS} random operations on containers: what is said is true, and nothing is left over`,
  { timeout: often(400_000) },
  async ({ annotate }) => {
    const seed = newSecret(6);
    await annotate(`seed ${seed}`);
    const around = await surroundings();
    const empty = await emptyCloud();

    const operations = new ContainerOperations({
      user,
      random: new SeededRandom(seed),
      surroundings: around,
    });
    const killer = new Killer(new SeededRandom(`${seed} kills`), [
      { kill: () => cloud.kill('control'), start: () => cloud.start('control') },
      { kill: () => cloud.kill('node'), start: () => cloud.start('node') },
    ]);
    for (let kill = 0; kill < KILLS; kill++) {
      await killer.kill();
      for (let count = 0; count < OPERATIONS / KILLS; count++) await operations.one();
      await killer.untilBack();
      await cloud.untilWhole();
      await untilTrue(operations);
    }
    const { answered, broken, granted } = operations;
    await annotate(`${answered} answered, ${broken} cut off; granted: ${JSON.stringify([...granted])}`);
    expect(answered).toBeGreaterThan(OPERATIONS / 2);

    await operations.removeAll();
    // A difference is told below, not here.
    const isEmpty = async () => JSON.stringify(await cloud.inventory()) === JSON.stringify(empty);
    await until('what was before', isEmpty, SETTLE).catch(() => {});
    expect(await cloud.settled(SETTLE)).toEqual(empty);
  },
);
