import { randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '#kernel/clock.ts';
import { newSecret } from '#kernel/ids.ts';
import type { DaemonName } from '#src/deploy/host/daemons.ts';
import { CloudVolumes, sumOf } from '#test/support/cloud-volumes.ts';
import { often } from '#test/support/often.ts';
import { SeededRandom } from '#test/support/random.ts';
import { RealCloud } from '#test/support/real-cloud.ts';

/** What a user does with a volume, from an image to a backup's restoration, on a whole cloud. */
const MIB = 2 ** 20;
const KILLS = often(8);
const LONG = often(600_000);
const SETTLE = { limitMs: 60_000, everyMs: 200 };

let cloud: RealCloud;
let volumes: CloudVolumes;

beforeEach(async () => {
  cloud = await RealCloud.start();
  volumes = new CloudVolumes((await cloud.signIn()).client);
});

afterEach(() => cloud.close());

it(
  'a volume goes from an image over a device, a snapshot and backups to others, byte for byte',
  { timeout: LONG },
  async () => {
    const empty = await cloud.settled(SETTLE);
    const image = await volumes.image('system', randomBytes(8 * MIB));
    await journey(image);
    await volumes.removeImage(image);
    expect(await cloud.settled(SETTLE)).toEqual(empty);
  },
);

it(
  `so it does while control and node are killed at up to ${KILLS} random moments, and nothing is left over`,
  { timeout: LONG },
  async ({ annotate }) => {
    const random = new SeededRandom(newSecret(6));
    await annotate(`seed ${random.seed}`);
    const empty = await cloud.settled(SETTLE);
    const image = await volumes.image('system', randomBytes(8 * MIB));
    const over = new AbortController();
    const killing = killAtRandom(random, over.signal);
    const [kills] = await Promise.all([killing, journey(image).finally(() => over.abort())]);
    await annotate(`${kills} kills`);
    await cloud.untilWhole();
    await volumes.removeImage(image);
    expect(await cloud.settled(SETTLE)).toEqual(empty);
  },
);

/** Of two moments of a volume, a snapshot's backup and one that builds upon it are restored and compared. */
async function journey(image: string): Promise<void> {
  const source = await volumes.volume('source', { imageRef: image });
  const device = await volumes.attached(source, 'writer');
  await write(device, 100 * MIB);
  const first = await sumOf(device);
  const snapshot = await volumes.snapshot('moment', source);
  await write(device, 4 * MIB);
  await write(device, 900 * MIB);
  const second = await sumOf(device);
  const full = await volumes.backup('full', { volume_id: source, snapshot_id: snapshot });
  const increment = await volumes.backup('increment', { volume_id: source, incremental: true });
  await volumes.detached(source, 'writer');

  const early = await volumes.restored('early', full);
  expect(await contentOf(early)).toBe(first);
  const late = await volumes.restored('late', increment);
  expect(await contentOf(late)).toBe(second);

  for (const backup of [increment, full]) await volumes.removed('backups', backup);
  await volumes.removed('snapshots', snapshot);
  for (const volume of [early, late, source]) await volumes.removed('volumes', volume);
}

async function write(device: string, offset: number): Promise<void> {
  await using file = await open(device, 'r+');
  await file.write(randomBytes(3 * MIB), 0, 3 * MIB, offset);
  await file.sync();
}

async function contentOf(volume: string): Promise<string> {
  const sum = await sumOf(await volumes.attached(volume, `reader-of-${volume}`));
  await volumes.detached(volume, `reader-of-${volume}`);
  return sum;
}

/** @returns how often, when the signal has come or it was enough */
async function killAtRandom(random: SeededRandom, over: AbortSignal): Promise<number> {
  let longest = 3_000;
  for (let kill = 0; kill < KILLS; kill++) {
    await systemClock.sleep(random.below(longest)); // not for something to happen: this is the random moment
    if (over.aborted) return kill;
    const killed: readonly DaemonName[] = random.pick([['control'], ['node'], ['control', 'node']] as const);
    const down = performance.now();
    for (const name of killed) await cloud.kill(name);
    for (const name of killed) await cloud.start(name);
    longest = 3_000 + 2 * Math.round(performance.now() - down); // so that on a slow machine too it is up half of the time
  }
  return KILLS;
}
