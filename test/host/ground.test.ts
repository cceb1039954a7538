import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { exec } from '#kernel/exec.ts';
import { rotationSteps } from '#src/deploy/host/rotate.ts';
import { getSecrets } from '#src/deploy/host/secrets.ts';
import { runSteps } from '#src/deploy/host/steps.ts';
import type { CloudClient } from '#src/sdk/client.ts';
import { RealCloud } from '#test/support/real-cloud.ts';
import { until } from '#test/support/until.ts';

/** What an operator does to a cloud that runs: keys, audit, policy. */
const LONG = 240_000;
const MAIN = join(import.meta.dirname, '../../src/main.ts');
const PAYLOAD = 'kept through everything';

let cloud: RealCloud;
let client: CloudClient;

beforeAll(async () => {
  cloud = await RealCloud.start();
  ({ client } = await cloud.signIn());
}, LONG);

afterAll(() => cloud.close(), LONG);

const COVER = 'mount -t tmpfs none /etc; mkdir /etc/hydria; mount --bind "$1" /etc/hydria; shift; exec "$@"';

/** `hydria …` on a machine whose `/etc/hydria` is this cloud's. @returns what it printed */
async function hydria(...args: readonly string[]): Promise<string> {
  const command = ['sh', '-ec', COVER, 'sh', cloud.paths.etc, process.execPath, MAIN, ...args];
  const { stdout } = await exec('unshare', ['--mount', '--propagation', 'private', ...command], {
    timeout: 60_000,
  });
  return stdout;
}

async function restartControl(): Promise<void> {
  await cloud.kill('control');
  await cloud.start('control');
}

/** With the token that was issued before anything happened. */
const isGood = () =>
  client.get('identity', '/auth/projects').then(
    () => true,
    () => false,
  );

/** @returns where it is, below the service's endpoint */
async function newSecret(): Promise<string> {
  const body = { name: 'kept', payload: PAYLOAD, payload_content_type: 'text/plain' };
  const { secret_ref } = await client.post<{ secret_ref: string }>('key-manager', '/v1/secrets', body);
  return `/v1/secrets/${secret_ref.split('/').at(-1)}`;
}

async function payloadOf(secret: string): Promise<string> {
  const headers = { 'x-auth-token': client.token, accept: 'text/plain' };
  const response = await fetch(`${cloud.baseUrl}/key-manager${secret}/payload`, { headers });
  return response.text();
}

it(
  'rotates the keys of tokens, and nobody is logged out, also when control dies',
  { timeout: LONG },
  async () => {
    const keys = async () => (await hydria('tokens', 'keys')).trim().split('\n').slice(1);
    const before = await keys();
    expect(await hydria('tokens', 'rotate')).toContain('nobody is logged out');
    expect(await keys()).toHaveLength(before.length + 1);
    expect(await isGood()).toBe(true);
    await restartControl();
    expect(await isGood()).toBe(true);
    expect(await keys()).toHaveLength(before.length + 1);
  },
);

it(
  'rotates the master key, and every payload is readable, also when control dies',
  { timeout: LONG },
  async () => {
    const secret = await newSecret();
    expect(await payloadOf(secret)).toBe(PAYLOAD);
    const [old = ''] = (await getSecrets(cloud.paths)).masterKeys;
    cloud.secrecy.keep(old);
    const supervisor = {
      watches: () => Promise.resolve(true),
      start: () => cloud.start('control'),
      stop: () => cloud.stop('control'),
      logHint: () => '',
    };
    await runSteps(rotationSteps({ paths: cloud.paths, supervisor }), { begin() {}, end() {}, fail() {} });
    const { masterKeys } = await getSecrets(cloud.paths);
    expect(masterKeys).toHaveLength(1);
    expect(masterKeys).not.toContain(old);
    expect(await payloadOf(secret)).toBe(PAYLOAD);
    await restartControl();
    expect(await payloadOf(secret)).toBe(PAYLOAD);
    expect(await isGood()).toBe(true);
  },
);

it('tells who changed what, with which outcome', { timeout: LONG }, async () => {
  const { project } = await client.post<{ project: { id: string } }>('identity', '/projects', {
    project: { name: 'audited' },
  });
  await client.delete('identity', `/projects/${project.id}`);
  await expect(client.delete('identity', `/projects/${project.id}`)).rejects.toMatchObject({
    kind: 'not-found',
  });
  const json = await hydria(
    'audit',
    '--json',
    '--service',
    'identity',
    '--target',
    `/v3/projects/${project.id}`,
  );
  const records = json
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  const who = { user: { name: 'admin' }, source: '127.0.0.1', request_id: expect.stringMatching(/^req-/) };
  expect(records).toMatchObject([
    { ...who, action: 'delete-project', outcome: 'failure' },
    { ...who, action: 'delete-project', outcome: 'success' },
    { ...who, action: 'create-project', outcome: 'success' },
  ]);
  const table = await hydria('audit', '--limit', '20');
  expect(table).toMatch(new RegExp(`admin +identity\\.create-project +success +/v3/projects/${project.id}`));
});

it(
  'takes a policy that is put there at once, after its check, and refuses a bad one',
  { timeout: LONG },
  async () => {
    const directory = join(cloud.paths.etc, 'policy.d');
    const file = join(directory, '50-ground.yaml');
    const mayList = () =>
      client.get('identity', '/regions').then(
        () => true,
        () => false,
      );
    await mkdir(directory);
    await writeFile(file, '"identity:list_regions": "role:nobody and ("\n');
    await expect(hydria('policy', 'check')).rejects.toThrow('identity:list_regions');
    expect(await mayList()).toBe(true);

    await writeFile(file, '"identity:list_regions": "role:nobody"\n');
    expect(await hydria('policy', 'check')).toContain('override 1 rules');
    await until('the override holds', async () => !(await mayList()));
    await rm(file);
    await until('the default holds again', mayList);
  },
);
