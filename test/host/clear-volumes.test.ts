import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  RESTING,
  type CloudUser,
  type ContainerRequest,
  type ContainerView,
} from '#test/support/cloud-user.ts';
import { CloudVolumes } from '#test/support/cloud-volumes.ts';
import { RealCloud } from '#test/support/real-cloud.ts';
import { until } from '#test/support/until.ts';

/** Volumes as disks of containers that are machines of their own, on a whole cloud. */
const LONG = 300_000;
const PATIENT = { limitMs: 90_000, everyMs: 200 };

let cloud: RealCloud;
let user: CloudUser;
let volumes: CloudVolumes;

beforeEach(async () => {
  cloud = await RealCloud.start();
  user = await cloud.signIn();
  volumes = new CloudVolumes(user.client);
}, LONG);

afterEach(() => cloud.close());

const request = (name: string, mounts: readonly object[], runtime = 'clear'): ContainerRequest => ({
  name,
  image: 'busybox',
  runtime,
  memory: 64,
  command: [...RESTING],
  mounts,
});

const say = async ({ uuid }: ContainerView, command: string): Promise<string> =>
  (await user.exec(uuid, command)).output.trim();

async function removed({ uuid }: ContainerView): Promise<void> {
  await user.remove(uuid);
  await user.untilGone(uuid, PATIENT);
}

it(
  'what a machine writes to a volume, the next one finds there, also when the node or the machine was killed',
  { timeout: LONG },
  async () => {
    const volume = await volumes.volume('data');
    const there = [{ source: volume, destination: '/data' }];
    const given = {
      type: 'bind',
      source: Buffer.from('given').toString('base64'),
      destination: '/data/given',
    };
    const writer = await user.run(request('writer', [...there, given]), PATIENT);
    await say(writer, 'sh -c "echo first > /data/first; mkdir -p /data/own; chown 7:8 /data/own"');
    expect(await say(writer, 'cat /data/given')).toBe('given');
    expect(await say(writer, 'stat -c %u:%g /data/own')).toBe('7:8');

    await cloud.kill('node');
    await cloud.start('node');
    await cloud.untilWhole();
    await user.untilStatus(writer.uuid, 'Running', PATIENT);
    await say(writer, 'sh -c "echo second > /data/second; sync"');
    await user.act(writer.uuid, 'kill', { signal: 'SIGKILL' });
    await user.untilStatus(writer.uuid, 'Stopped', PATIENT);
    await user.act(writer.uuid, 'start');
    await user.untilStatus(writer.uuid, 'Running', PATIENT);
    expect(await say(writer, 'cat /data/first /data/second')).toBe('first\nsecond');
    await removed(writer);

    const reader = await user.run(
      request('reader', [{ source: volume, destination: '/very/deep/data' }]),
      PATIENT,
    );
    expect(await say(reader, 'cat /very/deep/data/first /very/deep/data/second')).toBe('first\nsecond');
    expect(await say(reader, 'grep -c /very/deep/data /proc/mounts')).toBe('1');

    await removed(reader);

    const { uuid } = await user.create(request('plain', there, 'crun'));
    const plain = await user.untilStatus(uuid, 'Error', PATIENT);
    expect(plain.status_reason).toMatch(/was written to by a container that is a machine of its own/);
    await removed(plain);
    await until('the volume is free', () => volumes.removed('volumes', volume).then(() => true), PATIENT);
  },
);
