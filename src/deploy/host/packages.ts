import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exec } from '#kernel/exec.ts';

/** What the launcher needs to list before there is any Node.js is a text file that both read. */
export async function neededPackages(): Promise<readonly string[]> {
  const text = await readFile(join(import.meta.dirname, 'packages.txt'), 'utf8');
  return text.trim().split('\n');
}

/**
 * What tests need besides: a browser, the upstream clients, the other database, a registry, and what volumes are tried on: file systems,
 * LVM, a guest; what guests ask their network with.
 */
export const TEST_PACKAGES: readonly string[] = [
  'chromium',
  'docker-registry',
  'docker.io',
  'iputils-ping',
  'isc-dhcp-client',
  'lvm2',
  'ndisc6',
  'postgresql',
  'python3-aodhclient',
  'python3-barbicanclient',
  'python3-glanceclient',
  'python3-heatclient',
  'python3-openstackclient',
  'python3-zunclient',
  'thin-provisioning-tools',
  'xfsprogs',
];

export async function missingPackages(wanted: readonly string[]): Promise<readonly string[]> {
  const query = ['-W', '-f', '${Package} ${db:Status-Status}\n', ...wanted];
  const { stdout } = await exec('dpkg-query', query, { okCodes: [0, 1] });
  const installed = parseInstalled(stdout);
  return wanted.filter((name) => !installed.has(name));
}

export function parseInstalled(text: string): ReadonlySet<string> {
  const rows = text.split('\n').map((line) => line.split(' '));
  return new Set(rows.filter(([, status]) => status === 'installed').map(([name]) => name ?? ''));
}

/** Installs Debian packages; also goes on where an earlier run was cut off. Minutes on a slow line. */
export async function installPackages(names: readonly string[]): Promise<void> {
  await apt('dpkg', ['--configure', '-a']);
  try {
    await install(names);
  } catch {
    await apt('apt-get', ['update', '-q']); // the lists are absent or older than the archive
    await install(names);
  }
}

const install = (names: readonly string[]) =>
  apt('apt-get', [
    '-o',
    'DPkg::Lock::Timeout=600',
    'install',
    '-y',
    '-q',
    '--no-install-recommends',
    ...names,
  ]);

export const removePackages = (names: readonly string[]): Promise<void> =>
  apt('apt-get', ['-o', 'DPkg::Lock::Timeout=600', 'remove', '-y', '-q', ...names]);

async function apt(command: string, args: readonly string[]): Promise<void> {
  await exec('env', ['DEBIAN_FRONTEND=noninteractive', command, ...args], { timeout: 30 * 60_000 });
}
