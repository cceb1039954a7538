import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newSecret } from '#kernel/ids.ts';
import { RESTING, type CloudUser } from '#test/support/cloud-user.ts';
import { Killer } from '#test/support/killer.ts';
import { often } from '#test/support/often.ts';
import { SeededRandom } from '#test/support/random.ts';
import { RealCloud } from '#test/support/real-cloud.ts';
import { until } from '#test/support/until.ts';

/** Machines of random lives while their node is killed. */
const LIVES = often(100);
const AT_ONCE = 5;
const PATIENT = { limitMs: 120_000, everyMs: 200 };
const FIRST_USER = 2 ** 30;

let cloud: RealCloud;
let user: CloudUser;

beforeAll(async () => {
  cloud = await RealCloud.start();
  user = await cloud.signIn();
});

afterAll(() => cloud.close());

/** Processes of the users that machines run as. */
async function machines(): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const users = await Promise.all(
    pids.map(async (pid) => {
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
      return Number(/^Uid:\s+(\d+)/m.exec(status)?.[1] ?? 0);
    }),
  );
  return pids.filter((_, index) => (users[index] ?? 0) >= FIRST_USER);
}

/** What one container is, does and ends with. */
async function live(name: string, random: SeededRandom): Promise<void> {
  const code = random.below(100);
  const ends = random.below(2) === 0;
  const command = ends ? ['sh', '-c', `echo ${name}; sleep 1; exit ${code}`] : [...RESTING];
  const { uuid } = await patiently(() =>
    user.create({ name, image: 'busybox', runtime: 'clear', memory: 64, command }),
  );
  if (ends) {
    const ended = await user.untilStatus(uuid, 'Stopped', PATIENT);
    expect(ended.status_detail).toContain(`(${code})`);
    expect(await patiently(() => user.logs(uuid))).toContain(name);
  } else {
    await user.untilStatus(uuid, 'Running', PATIENT);
    if (random.below(2) === 0) {
      await patiently(() => user.act(uuid, 'stop', { timeout: 5 }));
      await user.untilStatus(uuid, 'Stopped', PATIENT);
    }
  }
  await until('it is removed', () => user.remove(uuid).then(() => true), PATIENT);
  await user.untilGone(uuid, PATIENT);
}

/** A node that is away just now is an answer, too. */
const patiently = <T>(ask: () => Promise<T>): Promise<T> =>
  until('it is granted', async () => [await ask()] as const, PATIENT).then(([answer]) => answer);

it(
  `${LIVES} machines live at random while their node is killed: each ends as it should, and nothing is left over`,
  { timeout: often(300_000) },
  async ({ annotate }) => {
    const seed = newSecret(6);
    await annotate(`seed ${seed}`);
    await live('first', new SeededRandom(`${seed} first`));
    const [empty, others] = [await cloud.settled(PATIENT), await machines()];
    const killer = new Killer(new SeededRandom(`${seed} kills`), [
      { kill: () => cloud.kill('node'), start: () => cloud.start('node') },
    ]);
    for (let born = 0; born < LIVES; born += AT_ONCE) {
      await killer.kill();
      const lives = Array.from({ length: AT_ONCE }, (_, index) => `life-${born + index}`);
      await Promise.all(lives.map((name) => live(name, new SeededRandom(`${seed} ${name}`))));
      await killer.untilBack();
      await cloud.untilWhole();
    }
    expect(await cloud.settled(PATIENT)).toEqual(empty);
    await until(
      'no machine is left',
      async () => (await machines()).every((pid) => others.includes(pid)),
      PATIENT,
    );
  },
);
