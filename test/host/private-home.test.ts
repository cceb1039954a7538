import { once } from 'node:events';
import { openAsBlob } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, open, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret, TOTP } from 'otpauth';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { start, type ChildProcess } from '#kernel/exec.ts';
import { buildBusybox } from '#oci/standard-images.ts';
import { hostPaths, ownDirectories } from '#src/deploy/host/paths.ts';
import { findHealth } from '#src/deploy/host/readiness.ts';
import { newSecrets, secretsText } from '#src/deploy/host/secrets.ts';
import { CloudClient } from '#src/sdk/client.ts';
import { freePort } from '#test/support/real-cloud.ts';
import { until } from '#test/support/until.ts';

/** Control of a checkout in a home that only root may enter. It gives up root, and must still have all of its program. */
const CHECKOUT = join(import.meta.dirname, '../..');
const NOBODY = 65_534;
const PASSCODES = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const host = '127.0.0.1';

let root: string;
let control: ChildProcess;
let baseUrl: string;
let client: CloudClient;
const { adminPassword, ...otherSecrets } = newSecrets();
const admin = { username: 'admin', password: adminPassword, projectName: 'admin', domainId: 'default' };

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'home-'));
  await chmod(root, 0o755);
  const paths = hostPaths(root);
  for (const directory of ownDirectories(paths)) await mkdir(directory, { recursive: true });
  await mkdir(join(paths.data, 'control'));
  await chown(join(paths.data, 'control'), NOBODY, NOBODY);
  const [port, ssntpPort] = [await freePort(host), await freePort(host)];
  baseUrl = `http://${host}:${port}`;
  const config = {
    data: paths.data,
    run: paths.run,
    http: { host, port, publicUrl: baseUrl },
    ssntp: { host, port: ssntpPort },
    database: { kind: 'sqlite' },
    region: 'RegionOne',
    externalNetwork: { cidr: '10.250.0.0/24', gateway: '10.250.0.1' }, // nobody makes it: there is no node
    log: { level: 'info' },
    user: 'nobody',
  };
  await writeFile(paths.config, stringify(config));
  await writeFile(paths.secrets, secretsText({ adminPassword, ...otherSecrets }), { mode: 0o600 });
  control = await startControl(paths.config);
  await until('control answers', async () => (await findHealth(baseUrl)) !== undefined || hasEnded(), {
    limitMs: 60_000,
  });
  if (hasEnded()) throw new Error(await log());
  client = await CloudClient.signIn({ baseUrl, credentials: admin });
}, 90_000);

const log = () => readFile(join(root, 'control.log'), 'utf8');

afterEach(async () => {
  if (!hasEnded()) {
    control.kill('SIGKILL');
    await once(control, 'exit');
  }
  await rm(root, { recursive: true });
});

const hasEnded = () => control.exitCode !== null || control.signalCode !== null;

/** The checkout is seen by it alone, below `home`, whose mode is 0700. */
const COVER = `
  for part in src node_modules; do mkdir -p "$1/hydria/$part"; done
  cp "$2/package.json" "$1/hydria/"
  mount --bind "$2/src" "$1/hydria/src"
  mount --bind "$3" "$1/hydria/node_modules"
  main=$1/hydria/src/main.ts
  shift 3
  node=$1
  shift
  exec "$node" "$main" "$@"`;

async function startControl(config: string): Promise<ChildProcess> {
  const home = join(root, 'home');
  await mkdir(home, { mode: 0o700 });
  const modules = await realpath(join(CHECKOUT, 'node_modules'));
  const command = ['sh', '-ec', COVER, 'sh', home, CHECKOUT, modules, process.execPath, 'control'];
  const log = await open(join(root, 'control.log'), 'a');
  const child = start('unshare', ['--mount', '--propagation', 'private', ...command, '--config', config], {
    stdio: ['ignore', log.fd, log.fd],
    cwd: '/',
  });
  await once(child, 'spawn');
  await log.close();
  return child;
}

it('verifies a container image and hashes a big one', { timeout: 60_000 }, async () => {
  const path = join(root, 'busybox.tar');
  await buildBusybox(path, '/bin/busybox');
  expect(await imageOf('docker', await openAsBlob(path))).toBe('active');
  expect(await imageOf('bare', new Blob([new Uint8Array(3 << 20)]))).toBe('active');
});

async function imageOf(format: string, data: Blob): Promise<string> {
  const fields = { name: 'private', container_format: format, disk_format: 'raw' };
  const { id } = await client.post<{ id: string }>('image', '/v2/images', fields);
  await client.upload('image', `/v2/images/${id}/file`, data);
  return (await client.get<{ status: string }>('image', `/v2/images/${id}`)).status;
}

it('makes certificates', { timeout: 60_000 }, async () => {
  const key = await ordered({ type: 'asymmetric', meta: { algorithm: 'rsa', bit_length: 2048 } });
  const meta = { request_type: 'stored-key', container_ref: key.container_ref, subject_dn: 'CN=private' };
  expect(await ordered({ type: 'certificate', meta })).toMatchObject({ status: 'ACTIVE' });
});

async function ordered(order: object): Promise<{ status: string; container_ref?: string }> {
  const made = await client.post<{ order_ref: string }>('key-manager', '/v1/orders', order);
  return until('the order has ended', async () => {
    const path = `/v1/orders/${made.order_ref.split('/').at(-1)}`;
    const found = await client.get<{ status: string; container_ref?: string }>('key-manager', path);
    return found.status !== 'PENDING' && found;
  });
}

it('checks passcodes', { timeout: 60_000 }, async () => {
  const user = { name: 'ada', password: 'one', options: { multi_factor_auth_rules: [['password', 'totp']] } };
  const made = await client.post<{ user: { id: string } }>('identity', '/users', { user });
  const { id } = made.user;
  const credential = { user_id: id, type: 'totp', blob: PASSCODES };
  await client.post('identity', '/credentials', { credential });
  const passcode = new TOTP({ secret: Secret.fromBase32(PASSCODES) }).generate();
  const identity = {
    methods: ['password', 'totp'],
    password: { user: { id, password: 'one' } },
    totp: { user: { id, passcode } },
  };
  const body = JSON.stringify({ auth: { identity } });
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${baseUrl}/identity/v3/auth/tokens`, { method: 'POST', headers, body });
  expect(answer.status).toBe(201);
});

it('shows the dashboard', async () => {
  const folder = hostPaths(root).dashboard;
  await mkdir(folder);
  await writeFile(join(folder, 'index.html'), '<title>Built</title>');
  const answer = await fetch(`${baseUrl}/ui/containers`);
  expect([answer.status, await answer.text()]).toEqual([200, '<title>Built</title>']);
});

afterEach(async () => expect(await log()).not.toContain('EACCES'));
