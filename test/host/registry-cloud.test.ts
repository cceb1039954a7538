import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exec } from '#kernel/exec.ts';
import { buildBusybox } from '#oci/standard-images.ts';
import { RESTING, type CloudUser } from '#test/support/cloud-user.ts';
import { RealCloud } from '#test/support/real-cloud.ts';
import { until } from '#test/support/until.ts';
import {
  heavyImage,
  SOMEONE,
  SOMEONES_LOGIN,
  startRegistry,
  startSilentRegistry,
  type RegistryServer,
} from './registry-lab.ts';

/** What users see of registries: a whole cloud beside one that asks for a login, and one that falls silent. */
let registry: RegistryServer;
let silent: Awaited<ReturnType<typeof startSilentRegistry>>;
let cloud: RealCloud;
let user: CloudUser;

beforeAll(async () => {
  registry = await startRegistry({ login: SOMEONES_LOGIN });
  silent = await startSilentRegistry(await heavyImage(1, 3 * 2 ** 20));
  const directory = await mkdtemp(join(tmpdir(), 'hydria-image-'));
  await buildBusybox(join(directory, 'busybox.tar'), '/bin/busybox');
  await registry.pushArchive('team/busybox:1', join(directory, 'busybox.tar'));
  await rm(directory, { recursive: true });
  cloud = await RealCloud.start({
    containers: { defaultRegistry: registry.address },
    registries: [registry, silent].map(({ address }) => ({ domain: address, insecure: true })),
  });
  user = await cloud.signIn();
});

afterAll(async () => {
  await cloud.close();
  for (const server of [registry, silent]) await server[Symbol.asyncDispose]();
});

const sleeper = (name: string) =>
  ({ name, image: 'team/busybox:1', image_driver: 'docker', command: RESTING }) as const;

/** Files of the cloud that hold these words. */
async function filesWith(words: string): Promise<string> {
  const root = join(cloud.paths.data, '..');
  return (await exec('grep', ['-rlaF', words, root], { okCodes: [0, 1, 2] })).stdout;
}

describe('a container of a registry that asks for a login', () => {
  it('fails with the reason while the project has none', async () => {
    await expect(user.run(sleeper('early'))).rejects.toThrow('refuses it to this login');
  });

  it('runs with one, which is written nowhere, and starts again without being pulled anew', async () => {
    const login = { name: 'team', domain: registry.address, ...SOMEONE };
    await user.client.post('container', '/registries', { registry: login });
    const { uuid } = await user.run({ ...sleeper('web'), registry: 'team' });
    expect((await user.exec(uuid, 'echo hello')).output).toContain('hello');
    const inBase64 = Buffer.from(SOMEONES_LOGIN.plain).toString('base64');
    for (const words of [SOMEONE.password, inBase64]) expect(await filesWith(words)).toBe('');
    await cloud.kill('node');
    await cloud.start('node');
    await user.act(uuid, 'reboot');
    await user.untilStatus(uuid, 'Running');
    await user.remove(uuid);
    await user.untilGone(uuid);
  });
});

describe('a pull', () => {
  it('says how far it is, and ends with its container', async () => {
    const { uuid } = await user.create({ ...sleeper('stuck'), image: `${silent.address}/app:1` });
    await until('the progress is told', async () =>
      /^pulling image: \d+ %$/.test((await user.get(uuid)).status_reason ?? ''),
    );
    await user.remove(uuid);
    await silent.hungUp;
    await user.untilGone(uuid);
    const { stdout } = await exec('find', [join(cloud.paths.data, 'node/pulls'), '-type', 'f']);
    expect(stdout).toBe('');
  });
});
