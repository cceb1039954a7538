import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { configText, defaultConfig } from '#src/deploy/host/config-file.ts';
import { findDaemons, type DaemonName } from '#src/deploy/host/daemons.ts';
import { hostPaths, type HostPaths } from '#src/deploy/host/paths.ts';
import { endProcesses, listProcesses } from '#src/deploy/host/processes.ts';
import { findHealth, isReady } from '#src/deploy/host/readiness.ts';
import { readRecord } from '#src/deploy/host/record.ts';
import { cloudSteps } from '#src/deploy/host/setup-cloud.ts';
import { fileSteps } from '#src/deploy/host/setup-files.ts';
import type { SetupDeps } from '#src/deploy/host/setup.ts';
import { ShellSupervisor } from '#src/deploy/host/shell-supervisor.ts';
import { runSteps, type Progress } from '#src/deploy/host/steps.ts';
import { ownProcesses } from '#src/deploy/host/traces.ts';

/** Set-up from files to a ready cloud, in a directory instead of the machine, with stand-ins for the two daemons. */
const silent: Progress = { begin: () => {}, end: () => {}, fail: () => {} };

/** Control answers /healthz; the node only lives. Both as the real ones are called. */
const STAND_IN = `
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
const [name, , config] = process.argv.slice(2);
process.on('SIGTERM', () => process.exit(0));
if (name === 'node') setInterval(() => {}, 1_000);
else createServer((_, response) => response.end(JSON.stringify({ ready: true, services: {}, nodes: 1 })))
  .listen(Number(/^ +port: ([0-9]+)/m.exec(readFileSync(config, 'utf8'))[1]), '127.0.0.1');
`;

let root: string;
let paths: HostPaths;
let seeded: string[];
let compiled: number;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'setup-'));
  paths = hostPaths(root);
  seeded = [];
  compiled = 0;
  for (const directory of [paths.etc, paths.data, paths.run, paths.log])
    await mkdir(directory, { recursive: true });
  await writeFile(join(root, 'main.ts'), STAND_IN);
  const config = defaultConfig(paths, '127.0.0.1');
  const port = await freePort();
  const http = { ...config.http, port, publicUrl: `http://127.0.0.1:${port}` };
  await writeFile(
    paths.config,
    configText({ ...config, http, ssntp: { ...config.ssntp, port: await freePort() } }),
  );
});

afterEach(async () => {
  const left = ownProcesses(await listProcesses(), paths).map(({ pid }) => pid);
  await endProcesses(left, 5_000);
  await rm(root, { recursive: true });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const standIn = (name: DaemonName) => [
  process.execPath,
  join(root, 'main.ts'),
  name,
  '--config',
  paths.config,
];

function deps(change: Partial<SetupDeps> = {}): SetupDeps {
  return {
    paths,
    supervisor: new ShellSupervisor(paths, standIn),
    address: undefined,
    version: '1.0.0',
    ensurePki: async (directory) => makeCertificates(directory),
    compile: async () => void (compiled += 1),
    seed: async ({ baseUrl }) => void seeded.push(baseUrl),
    ...change,
  };
}

async function makeCertificates(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const args = ['req', '-x509', '-newkey', 'ed25519', '-nodes', '-subj', '/CN=test', '-days', '365'];
  for (const name of ['server', 'node']) {
    const files = ['-keyout', join(directory, `${name}.key`), '-out', join(directory, `${name}.pem`)];
    execFileSync('openssl', [...args, ...files], { stdio: 'ignore' });
  }
}

const up = (change: Partial<SetupDeps> = {}) =>
  runSteps([...fileSteps(deps(change)), ...cloudSteps(deps(change))], silent);

const pidOf = async (name: DaemonName) => (await findDaemons(name, paths))[0]?.pid;
const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

it('goes from files to a ready cloud, and the second time does nothing', async () => {
  const ran = await up();
  expect(ran).toContain('start control');
  expect(seeded).toHaveLength(1);
  expect(isReady(await findHealth(seeded[0] ?? ''))).toBe(true);
  expect(await up()).toEqual([]);
  expect(seeded).toHaveLength(1);
  expect(compiled).toBe(1);
});

it('keeps secrets from others, and tells them to the clients', async () => {
  await up();
  expect(await modeOf(paths.secrets)).toBe(0o600);
  expect(await modeOf(paths.openrc)).toBe(0o600);
  expect(await modeOf(paths.clouds)).toBe(0o600);
  const { adminPassword } = parse(await readFile(paths.secrets, 'utf8'));
  expect(await readFile(paths.openrc, 'utf8')).toContain(adminPassword);
  expect(parse(await readFile(paths.clouds, 'utf8')).clouds.hydria.auth.password).toBe(adminPassword);
});

it('does not write the password where others may read', async () => {
  await mkdir(join(root, 'etc/openstack'), { recursive: true });
  await writeFile(paths.clouds, 'clouds: { office: {} }\n', { mode: 0o644 });
  await up();
  const { clouds } = parse(await readFile(paths.clouds, 'utf8'));
  expect(await modeOf(paths.clouds)).toBe(0o644);
  expect(clouds.office).toEqual({});
  expect(clouds.hydria.auth).not.toHaveProperty('password');
});

it('goes on after a cut at any step', async () => {
  const total = [...fileSteps(deps()), ...cloudSteps(deps())].length;
  for (let cut = 0; cut < total; cut++) {
    const steps = [...fileSteps(deps()), ...cloudSteps(deps())];
    const broken = { ...steps[cut]!, done: async () => false, run: () => Promise.reject(new Error('cut')) };
    await expect(runSteps(steps.with(cut, broken), silent)).rejects.toThrow('cut');
  }
  await up();
  expect(await up()).toEqual([]);
  expect((await readRecord(paths)).seeded).toBe('1.0.0');
});

it('brings back what down stopped', async () => {
  await up();
  const { supervisor } = deps();
  await supervisor.stop('node');
  await supervisor.stop('control');
  expect(ownProcesses(await listProcesses(), paths)).toEqual([]);
  const ran = await up();
  // Whoever is quick enough is not waited for.
  expect(ran.filter((step) => step !== 'wait until every API answers')).toEqual([
    'start control',
    'start node',
  ]);
  expect(isReady(await findHealth(seeded[0] ?? ''))).toBe(true);
});

it('takes over a daemon whose supervisor was killed', async () => {
  await up();
  const orphan = await pidOf('control');
  const supervisor = (await listProcesses()).find(
    ({ args }) => args[2] === 'control' && args[3] === paths.run,
  );
  process.kill(supervisor?.pid ?? 0, 'SIGKILL');
  await vi.waitFor(async () => expect(await deps().supervisor.watches('control')).toBe(false));
  expect(await pidOf('control')).toBe(orphan);
  expect(await up()).toContain('start control');
  expect(await pidOf('control')).not.toBe(orphan);
  expect(await findDaemons('control', paths)).toHaveLength(1);
});

it('stops what runs before it changes where to listen, and keeps the port', async () => {
  await up();
  expect(await up({ address: '127.0.0.1' })).toEqual([]);
  const { port } = parse(await readFile(paths.config, 'utf8')).http;
  await runSteps(fileSteps(deps({ address: '127.0.0.9' })), silent);
  expect(await findDaemons('control', paths)).toEqual([]);
  const { http } = parse(await readFile(paths.config, 'utf8'));
  expect(http).toEqual({ host: '127.0.0.9', port, publicUrl: `http://127.0.0.9:${port}` });
  expect(await readFile(paths.openrc, 'utf8')).toContain(`${http.publicUrl}/identity/v3`);
});

it('says which port another program holds', async () => {
  const { http } = parse(await readFile(paths.config, 'utf8'));
  const other = createServer().listen(http.port, '127.0.0.1');
  await once(other, 'listening');
  await expect(up()).rejects.toThrow(
    `Could not start control: another program listens on 127.0.0.1 port ${http.port}`,
  );
  other.close();
  await once(other, 'close');
  expect(await up()).toContain('start control');
});
