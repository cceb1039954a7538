import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createAuthority, issueCertificate } from './certificates.ts';
import { ensurePki } from './pki.ts';
import { mayActAs, Role, rolesOf } from './roles.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hydria-pki-'));
});
afterEach(() => rm(directory, { recursive: true }));

const read = (file: string) => readFile(join(directory, file), 'utf8');
const inDays = (days: number) => ({ now: () => new Date(Date.now() + days * 86_400_000) });

test('a new machine gets an authority, a server and a node, with keys for the owner alone', async () => {
  const pki = await ensurePki(directory, { name: 'node-1', ips: ['192.0.2.7'] });
  expect((await readdir(directory)).sort()).toEqual([
    'ca.key',
    'ca.pem',
    'node.key',
    'node.pem',
    'server.key',
    'server.pem',
  ]);
  for (const file of ['ca.key', 'server.key', 'node.key'])
    expect((await stat(join(directory, file))).mode & 0o777).toBe(0o600);
  const server = new X509Certificate(pki.server.cert);
  expect(rolesOf(server)).toBe(Role.Server | Role.Scheduler | Role.Controller);
  expect(rolesOf(new X509Certificate(pki.node.cert))).toBe(Role.Agent | Role.NetAgent);
  expect(server.checkIP('192.0.2.7')).toBe('192.0.2.7');
  expect(server.verify(new X509Certificate(await read('ca.pem')).publicKey)).toBe(true);
});

test('asking again changes nothing', async () => {
  const first = await ensurePki(directory, { name: 'node-1' });
  expect(await ensurePki(directory, { name: 'node-1' })).toEqual(first);
});

test('leaves are renewed in their last 30 days, the authority is kept', async () => {
  const first = await ensurePki(directory, { name: 'node-1' });
  expect(await ensurePki(directory, { name: 'node-1', clock: inDays(334) })).toEqual(first);
  const renewed = await ensurePki(directory, { name: 'node-1', clock: inDays(336) });
  expect(renewed.server.ca).toBe(first.server.ca);
  expect(renewed.server.cert).not.toBe(first.server.cert);
  expect(renewed.node.cert).not.toBe(first.node.cert);
});

test('a new address, a lost key and a half-written pair are repaired', async () => {
  const first = await ensurePki(directory, { name: 'node-1' });
  const moved = await ensurePki(directory, { name: 'node-1', ips: ['192.0.2.9'] });
  expect(new X509Certificate(moved.server.cert).checkIP('192.0.2.9')).toBe('192.0.2.9');
  await writeFile(join(directory, 'node.pem'), 'half a certif');
  await writeFile(join(directory, 'server.key'), first.node.key);
  const repaired = await ensurePki(directory, { name: 'node-1' });
  const server = new X509Certificate(repaired.server.cert);
  expect(server.checkPrivateKey(createPrivateKey(repaired.server.key))).toBe(true);
  expect(rolesOf(new X509Certificate(repaired.node.cert))).toBe(Role.Agent | Role.NetAgent);
});

test('without the key of the authority it works until something has to be made', async () => {
  const first = await ensurePki(directory, { name: 'node-1' });
  await rm(join(directory, 'ca.key'));
  expect(await ensurePki(directory, { name: 'node-1' })).toEqual(first);
  await rm(join(directory, 'node.pem'));
  await expect(ensurePki(directory, { name: 'node-1' })).rejects.toThrow(/ca\.key/);
});

test('a damaged authority is reported, never replaced', async () => {
  await writeFile(join(directory, 'ca.pem'), 'not a certificate');
  await expect(ensurePki(directory, { name: 'node-1' })).rejects.toThrow(/ca\.pem is not a certificate/);
  expect(await read('ca.pem')).toBe('not a certificate');
});

test('an authority with an RSA key, as Ciao makes, signs too', async () => {
  const authority = await createAuthority({ commonName: 'old', algorithm: 'rsa-2048' });
  const issued = await issueCertificate(authority, {
    commonName: 'n',
    roles: Role.Agent,
    algorithm: 'rsa-2048',
  });
  const certificate = new X509Certificate(issued.certificate);
  expect(certificate.verify(new X509Certificate(authority.certificate).publicKey)).toBe(true);
  expect(certificate.publicKey.asymmetricKeyType).toBe('rsa');
  expect(rolesOf(certificate)).toBe(Role.Agent);
});

test('a certificate never outlives its authority', async () => {
  const authority = await createAuthority({ commonName: 'short', days: 2 });
  const issued = await issueCertificate(authority, { commonName: 'n', roles: Role.Agent });
  const end = (pem: string) => new X509Certificate(pem).validToDate.getTime();
  expect(end(issued.certificate)).toBe(end(authority.certificate));
});

test('an address that is none is refused', async () => {
  const authority = await createAuthority({ commonName: 'a' });
  const request = { commonName: 'n', roles: Role.Agent, ips: ['999.1.1.1'] };
  await expect(issueCertificate(authority, request)).rejects.toMatchObject({ kind: 'bad-request' });
});

test('roles may be claimed in part, but neither beyond the certificate nor not at all', () => {
  expect(mayActAs(Role.Agent | Role.NetAgent, Role.Agent)).toBe(true);
  expect(mayActAs(Role.Agent, Role.Agent | Role.Controller)).toBe(false);
  expect(mayActAs(Role.Agent, Role.Unknown)).toBe(false);
});
