import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { exec, start } from '#kernel/exec.ts';
import { mergeCloud } from '#src/deploy/host/credentials.ts';
import { ownDirectories, hostPaths } from '#src/deploy/host/paths.ts';
import { listProcesses } from '#src/deploy/host/processes.ts';
import { purgeSteps } from '#src/deploy/host/purge.ts';
import { remember } from '#src/deploy/host/record.ts';
import { runSteps } from '#src/deploy/host/steps.ts';
import { ownMounts, ownProcesses } from '#src/deploy/host/traces.ts';
import { createControlUser, findControlUser } from '#src/deploy/host/user.ts';

/** Run by purge.test.ts in namespaces of its own: makes traces, and things that only look like ours, then purges. */
const [root = '', cgroup = ''] = process.argv.slice(2);
const paths = hostPaths(root);
const ID = '6a1f0b52-9c0d-4e55-8f43-0c2ddc5b6a11';

/** iproute2 keeps namespaces in a directory of the machine; here it is covered by an empty one. */
await mkdir('/run/netns', { recursive: true });
await exec('mount', ['-t', 'tmpfs', 'tmpfs', '/run/netns']);
await makeAccount();
await makeFiles();
await makeNetwork();
await makeProcesses();

const before = await look();
const silent = { begin: () => {}, end: () => {}, fail: () => {} };
const ran = await runSteps(purgeSteps(paths, cgroup), silent);
const after = await look();
const again = await runSteps(purgeSteps(paths, cgroup), silent);
process.stdout.write(JSON.stringify({ before, ran, after, again }));

/** Accounts are the machine's, and a cloud may be at work under ours: here a copy covers them, in which that is another's. */
async function makeAccount(): Promise<void> {
  const copy = join(root, 'machine');
  await exec('cp', ['--archive', '/etc', copy]);
  const databases = ['passwd', 'shadow', 'group', 'gshadow'].map((name) => join(copy, name));
  await exec('sed', ['--in-place', 's/^hydria:/office:/', ...databases]);
  await exec('mount', ['--bind', copy, '/etc']);
  await createControlUser(paths.data);
}

async function makeFiles(): Promise<void> {
  for (const directory of ownDirectories(paths)) await mkdir(directory, { recursive: true });
  await writeFile(join(root, 'etc/office.conf'), 'stays');
  await symlink(join(root, 'etc/office.conf'), join(paths.etc, 'link'));
  const made = await mkdir(dirname(paths.clouds), { recursive: true });
  await remember(paths, { directories: made === undefined ? [] : [made] });
  const admin = { authUrl: 'http://x', region: 'r', username: 'u', project: 'p' };
  await writeFile(paths.clouds, mergeCloud('', admin));
  const rootfs = join(paths.data, 'node/root fs');
  await mkdir(rootfs, { recursive: true });
  await exec('mount', ['-t', 'tmpfs', 'tmpfs', rootfs]);
  await mkdir(join(rootfs, 'inner'));
  await exec('mount', ['-t', 'tmpfs', 'tmpfs', join(rootfs, 'inner')]);
}

async function makeNetwork(): Promise<void> {
  await exec('ip', ['link', 'add', 'hyb12345678', 'type', 'bridge']);
  await exec('ip', ['link', 'set', 'hyb12345678', 'alias', ID]);
  await exec('ip', ['link', 'add', 'hyper0', 'type', 'bridge']);
  await exec('ip', ['netns', 'add', `hy-net-${ID}`]);
  await exec('ip', ['netns', 'add', 'blue']);
  await exec('nft', ['add', 'table', 'inet', 'hydria']);
  await exec('nft', ['add', 'table', 'inet', 'office']);
}

/** One in a cgroup of ours that does not listen to TERM, one with the look of a container monitor. */
async function makeProcesses(): Promise<void> {
  const [hierarchy = ''] = await cgroupHierarchies();
  const group = join(hierarchy, cgroup, 'inner');
  await mkdir(group, { recursive: true });
  const workload = start('sh', ['-c', 'trap "" TERM; echo ready; while :; do sleep 0.05; done']);
  await once(workload.stdout!, 'data');
  await writeFile(join(group, 'cgroup.procs'), String(workload.pid));
  await symlink('/bin/sh', join(root, 'conmon'));
  const script = 'echo ready; while :; do sleep 0.05; done';
  const monitor = start(join(root, 'conmon'), ['-c', script, '--bundle', paths.data]);
  await once(monitor.stdout!, 'data');
}

async function cgroupHierarchies(): Promise<readonly string[]> {
  const text = await readFile('/proc/self/mountinfo', 'utf8');
  const lines = text.split('\n').filter((line) => / - cgroup2? /.test(line));
  const preferred = lines.filter((line) => / - cgroup2 |[ ,]pids/.test(line));
  return [...preferred, ...lines].map((line) => line.split(' ')[4] ?? '');
}

async function look() {
  const links = JSON.parse((await exec('ip', ['-j', 'link', 'show'])).stdout) as { ifname: string }[];
  const { nftables } = JSON.parse((await exec('nft', ['-j', 'list', 'tables'])).stdout) as {
    nftables: { table?: { name: string } }[];
  };
  return {
    interfaces: links
      .map(({ ifname }) => ifname)
      .filter((name) => !/^(ifb|tunl|sit|ip6|gre|erspan|ip_vti|teql|dummy|bond)/.test(name))
      .toSorted(),
    namespaces: await readdir('/run/netns'),
    tables: nftables.flatMap(({ table }) => (table === undefined ? [] : [table.name])),
    processes: ownProcesses(await listProcesses(), paths),
    isKnown: (await findControlUser()) !== undefined,
    mounts: ownMounts(await readFile('/proc/self/mountinfo', 'utf8'), paths),
  };
}
