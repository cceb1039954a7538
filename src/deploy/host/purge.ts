import { readdir, readFile, rm, rmdir, stat } from 'node:fs/promises';
import { exec } from '#kernel/exec.ts';
import { releaseLoop } from '#kernel/loop-device.ts';
import { conflict } from '#kernel/errors.ts';
import { ownCgroups, removeCgroup } from './cgroups.ts';
import { removeCloud, CLOUD_NAME } from './credentials.ts';
import { dockerThings, removeDockerThings } from './docker.ts';
import { exists, findText, writeWhole } from './files.ts';
import { ownDirectories, type HostPaths } from './paths.ts';
import { endProcesses, listProcesses } from './processes.ts';
import { readRecord } from './record.ts';
import { restoreSysctls } from './setup-machine.ts';
import type { Step } from './steps.ts';
import { removeUnits, unitPaths } from './systemd.ts';
import {
  ownInterfaces,
  ownLoopDevices,
  ownMounts,
  ownNamespaces,
  ownProcesses,
  ownTables,
} from './traces.ts';
import { isOurAccount, removeControlUser } from './user.ts';

/** One kind of thing that we leave on a machine: how to see all of it, and how to take it away. */
interface Trace {
  readonly name: string;
  readonly find: () => Promise<readonly string[]>;
  readonly remove: (found: readonly string[]) => Promise<void>;
}

/**
 * Takes every trace of ours away, what uses something before what it uses, and looks again after each. The daemons are
 * stopped already. What says what is ours (the record, in the data directory) goes last, so a cut purge can go on.
 */
export const purgeSteps = (paths: HostPaths, cgroup = 'hydria'): readonly Step[] =>
  [...liveTraces(paths, cgroup), ...networkTraces(), ...systemTraces(paths), ...fileTraces(paths)].map(
    asStep,
  );

const asStep = ({ name, find, remove }: Trace): Step => ({
  name: `remove ${name}`,
  mend: 'end what holds it, then run ./hydria down --purge again',
  done: async () => (await find()).length === 0,
  run: async () => remove(await find()),
});

const liveTraces = (paths: HostPaths, cgroup: string): readonly Trace[] => [
  {
    name: 'workloads',
    find: () => ownCgroups(cgroup),
    remove: (found) => forEach(found, removeCgroup),
  },
  {
    name: 'workloads in Docker',
    find: () => dockerThings(paths),
    remove: (found) => removeDockerThings(paths, found),
  },
  {
    name: 'processes',
    find: async () => ownProcesses(await listProcesses(), paths).map(({ pid }) => String(pid)),
    remove: (found) => endProcesses(found.map(Number), 3_000),
  },
  {
    name: 'mounts',
    find: async () => ownMounts(await readFile('/proc/self/mountinfo', 'utf8'), paths),
    remove: (found) => forEach(found, (point) => exec('umount', [point])),
  },
  {
    name: 'loop devices',
    find: async () => ownLoopDevices(await show('losetup', ['--list', '--json']), paths),
    remove: (found) => forEach(found, releaseLoop),
  },
];

/** Half of a veth pair takes the other half along, so what is gone already is no failure. */
const networkTraces = (): readonly Trace[] => [
  {
    name: 'network namespaces',
    find: async () => ownNamespaces(await readdir('/run/netns').catch(() => [])),
    remove: (found) => forEach(found, (name) => exec('ip', ['netns', 'delete', name])),
  },
  {
    name: 'network interfaces',
    find: async () => ownInterfaces(await show('ip', ['-j', 'link', 'show'])),
    remove: (found) => forEach(found, (name) => exec('ip', ['link', 'delete', name], { okCodes: [0, 1] })),
  },
  {
    name: 'packet filters',
    find: async () => ownTables(await show('nft', ['-j', 'list', 'tables'])),
    remove: (found) => forEach(found, (table) => exec('nft', ['delete', 'table', ...table.split(' ')])),
  },
];

const systemTraces = (paths: HostPaths): readonly Trace[] => [
  {
    name: 'systemd units',
    find: () => unitPaths(paths),
    remove: () => removeUnits(paths),
  },
  {
    name: `the cloud '${CLOUD_NAME}' from ${paths.clouds}`,
    find: async () => {
      const text = await findText(paths.clouds);
      return text !== undefined && removeCloud(text) !== text ? [paths.clouds] : [];
    },
    remove: () => forgetCloud(paths),
  },
  {
    name: 'the user hydria',
    find: async () => (isOurAccount(await readFile('/etc/passwd', 'utf8')) ? ['hydria'] : []),
    remove: () => removeControlUser(),
  },
];

const fileTraces = (paths: HostPaths): readonly Trace[] => [
  {
    name: 'files',
    find: async () => {
      const present = await Promise.all(ownDirectories(paths).map(exists));
      return ownDirectories(paths).filter((_, index) => present[index]);
    },
    remove: async (found) => {
      await restoreSysctls(paths);
      await forEach(found, (directory) => removeTree(directory, paths));
    },
  },
];

/** @throws CloudError `conflict` rather than empty a file system that is mounted there. */
async function removeTree(directory: string, paths: HostPaths): Promise<void> {
  const [mounted] = ownMounts(await readFile('/proc/self/mountinfo', 'utf8'), paths);
  if (mounted !== undefined) throw conflict(`something is mounted on ${mounted}`);
  await rm(directory, { recursive: true, force: true });
}

async function forgetCloud(paths: HostPaths): Promise<void> {
  const rest = removeCloud((await findText(paths.clouds)) ?? '');
  if (rest === undefined) {
    await rm(paths.clouds, { force: true });
    for (const directory of (await readRecord(paths)).directories) await rmdir(directory).catch(() => {});
    return;
  }
  const { mode, uid, gid } = await stat(paths.clouds);
  await writeWhole(paths.clouds, rest, { mode: mode & 0o7777, owner: { uid, gid } });
}

/** What a tool shows; nothing where it is not installed, because then it has made nothing either. */
async function show(command: string, args: readonly string[]): Promise<string> {
  return exec(command, args, { maxOutput: 1 << 26 }).then(
    ({ stdout }) => stdout,
    (error: { exitCode?: number | null }) => {
      if (error.exitCode === null) return '';
      throw error;
    },
  );
}

async function forEach<T>(items: readonly T[], act: (item: T) => Promise<unknown>): Promise<void> {
  for (const item of items) await act(item);
}
