import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newSecret } from '#kernel/ids.ts';
import { CloudVolumes } from '#test/support/cloud-volumes.ts';
import { RESTING, type CloudUser, type ContainerRequest } from '#test/support/cloud-user.ts';
import { RealCloud } from '#test/support/real-cloud.ts';
import { afterEach, beforeEach, expect, it } from 'vitest';

/** Volumes, files and secrets in containers, on a whole cloud. */
const LONG = 300_000;
const PATIENT = { limitMs: 60_000, everyMs: 200 };
const base64 = (text: string): string => Buffer.from(text).toString('base64');

let cloud: RealCloud;
let user: CloudUser;
let volumes: CloudVolumes;

beforeEach(async () => {
  cloud = await RealCloud.start();
  user = await cloud.signIn();
  volumes = new CloudVolumes(user.client);
});

afterEach(() => cloud.close());

const sleeper = (name: string, change: Partial<ContainerRequest>): ContainerRequest => ({
  name,
  image: 'busybox',
  command: RESTING,
  nets: [{ network: 'private' }],
  ...change,
});

async function shell(id: string, text: string): Promise<string> {
  const { output, exitCode } = await user.exec(id, `sh -c "${text}"`);
  expect(exitCode, output).toBe(0);
  return output.trim();
}

async function removed(id: string): Promise<void> {
  await user.remove(id);
  await user.untilGone(id, PATIENT);
}

/** What lies in the node's own folders with that text in it. */
async function filesWith(text: string): Promise<string[]> {
  const top = join(cloud.paths.data, 'node', 'crun');
  const entries = await readdir(top, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.parentPath.includes('/rootfs'));
  const found: string[] = [];
  for (const { parentPath, name } of files) {
    const content = await readFile(join(parentPath, name), 'utf8').catch(() => ''); // it may have gone
    if (content.includes(text)) found.push(join(parentPath, name));
  }
  return found;
}

/** The name server of a network comes with its first port: from then on an empty cloud looks as it will in the end. */
async function emptyCloud() {
  await removed((await user.run(sleeper('first', {}), PATIENT)).uuid);
  return cloud.settled(PATIENT);
}

it(
  'what a container writes into a volume is there after every kind of end, and for the next container',
  { timeout: LONG },
  async () => {
    const empty = await emptyCloud();
    const books = await volumes.volume('books');
    const request = sleeper('writer', {
      mounts: [
        { source: 'books', destination: '/books' },
        { size: 1, destination: '/scratch' },
        { type: 'bind', source: base64('given'), destination: '/books/given', mode: '0600' },
      ],
    });
    const { uuid } = await user.run(request, PATIENT);
    const written = 'cat /books/written /scratch/written /books/given';
    const expected = 'kept\nmade\ngiven';
    await shell(uuid, 'echo kept > /books/written; echo made > /scratch/written');
    expect(await shell(uuid, written)).toBe(expected);

    for (const name of ['node', 'control'] as const) {
      await cloud.kill(name);
      await cloud.start(name);
    }
    await cloud.untilWhole();
    expect(await shell(uuid, written)).toBe(expected);

    await user.act(uuid, 'stop');
    await user.untilStatus(uuid, 'Stopped', PATIENT);
    await user.act(uuid, 'start');
    await user.untilStatus(uuid, 'Running', PATIENT);
    expect(await shell(uuid, written)).toBe(expected);

    await cloud.stopWorkloads();
    await cloud.stop('node');
    await cloud.start('node');
    await cloud.untilWhole();
    await user.untilStatus(uuid, 'Running', PATIENT);
    expect(await shell(uuid, written)).toBe(expected);

    await removed(uuid);
    const reader = sleeper('reader', {
      mounts: [{ source: books, destination: '/books', read_only: true }],
    });
    const { uuid: next } = await user.run(reader, PATIENT);
    expect(await shell(next, 'cat /books/written; touch /books/x 2>/dev/null || echo refused')).toBe(
      'kept\nrefused',
    );
    await removed(next);
    await volumes.removed('volumes', books);
    expect(await cloud.settled(PATIENT)).toEqual(empty);
  },
);

it('a secret is a file or a variable in a container, and lies on no disk', { timeout: LONG }, async () => {
  const empty = await emptyCloud();
  const payload = newSecret(24);
  cloud.secrecy.keep(payload);
  const { secret_ref: source } = await user.client.post<{ secret_ref: string }>(
    'key-manager',
    '/v1/secrets',
    { name: 'password', payload, payload_content_type: 'text/plain' },
  );
  const { uuid } = await user.run(
    sleeper('holder', {
      secrets: [
        { source, destination: '/run/secrets/password', mode: '0400' },
        { source, env: 'PASSWORD' },
      ],
    }),
    PATIENT,
  );
  expect(await shell(uuid, 'cat /run/secrets/password; stat -c :%a /run/secrets/password')).toBe(
    `${payload}:400`,
  );
  expect(await shell(uuid, 'echo $PASSWORD')).toBe(payload);
  expect(await shell(uuid, 'cat /proc/1/environ')).toContain(`PASSWORD=${payload}`);
  expect(await filesWith(payload)).toEqual([]);
  await removed(uuid);
  await user.client.delete('key-manager', `/v1/secrets/${source.split('/').at(-1)}`);
  expect(await cloud.settled(PATIENT)).toEqual(empty);
});

it('a failed creation leaves neither volume nor mount', { timeout: LONG }, async () => {
  const broken = sleeper('broken', {
    command: ['/no/such/program'],
    mounts: [{ size: 1, destination: '/data' }],
  });
  await expect(user.run(broken, PATIENT)).rejects.toThrow(/broken is Error/);
  const [container] = await user.list();
  await removed(container?.uuid ?? '');
  const left = await cloud.settled(PATIENT);
  for (const kind of ['containers', 'volumes', 'attachments', 'nodeVolumes', 'mounts', 'loopDevices'])
    expect(left, kind).toHaveProperty(kind, []);
});
