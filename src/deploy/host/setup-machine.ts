import { chown, mkdir, readFile, chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { exec } from '#kernel/exec.ts';
import { exists, hasAccess, ROOT_OWNER, type FileOwner } from './files.ts';
import { FORWARDING, readSysctls, writeSysctls } from './sysctls.ts';
import { installPackages, missingPackages, neededPackages } from './packages.ts';
import type { HostPaths } from './paths.ts';
import { readRecord, remember } from './record.ts';
import type { SetupDeps } from './setup.ts';
import type { Step } from './steps.ts';
import { createControlUser, findControlUser } from './user.ts';

/** What the machine itself must have: packages, an account, directories, kernel features. */
export const machineSteps = ({ paths }: SetupDeps): readonly Step[] => [
  installNeeded(paths),
  createUser(paths),
  makeDirectories(paths),
  loadModules(),
  forwardPackets(paths),
];

const installNeeded = (paths: HostPaths): Step => ({
  name: 'install Debian packages',
  mend: 'see that `apt-get update` works (network, /etc/apt/sources.list), then run ./hydria up again',
  done: async () => (await missingPackages(await neededPackages())).length === 0,
  run: async () => {
    const packages = await missingPackages(await neededPackages());
    await mkdir(paths.data, { recursive: true });
    await remember(paths, { packages });
    await installPackages(packages);
  },
});

const createUser = (paths: HostPaths): Step => ({
  name: 'create the user hydria',
  mend: 'see /etc/passwd and `useradd --system hydria`',
  done: async () => (await findControlUser()) !== undefined,
  run: () => createControlUser(paths.data),
});

interface OwnDirectory {
  readonly path: string;
  readonly mode: number;
  readonly owner: FileOwner;
}

const makeDirectories = (paths: HostPaths): Step => ({
  name: 'make directories',
  mend: 'see that the disk is writable and has room: df -h /etc /var /run',
  done: async () => {
    const found = await Promise.all((await wantedDirectories(paths)).map(isAsWanted));
    return found.every(Boolean);
  },
  run: async () => {
    for (const { path, mode, owner } of await wantedDirectories(paths)) {
      await mkdir(path, { recursive: true });
      await chmod(path, mode);
      await chown(path, owner.uid, owner.gid);
    }
  },
});

const isAsWanted = ({ path, mode, owner }: OwnDirectory) => hasAccess(path, mode, owner);

/** Control owns its own part of the data; the node's is root's, and workloads may pass through it. */
async function wantedDirectories(paths: HostPaths): Promise<readonly OwnDirectory[]> {
  const control = (await findControlUser()) ?? ROOT_OWNER;
  const shared = { uid: 0, gid: control.gid };
  return [
    { path: paths.etc, mode: 0o750, owner: shared },
    { path: paths.data, mode: 0o755, owner: ROOT_OWNER },
    { path: join(paths.data, 'control'), mode: 0o700, owner: control },
    { path: join(paths.data, 'node'), mode: 0o711, owner: ROOT_OWNER },
    { path: paths.run, mode: 0o755, owner: ROOT_OWNER },
    { path: paths.log, mode: 0o750, owner: shared },
  ];
}

/** The others (bridge, veth, nf_tables, …) are loaded by the kernel when they are asked for. */
const loadModules = (): Step => ({
  name: 'load kernel modules (overlay, br_netfilter)',
  mend: 'install the kernel package with its modules (linux-image-*), or boot a kernel that has both',
  done: async () => {
    const overlay = /\toverlay$/m.test(await readFile('/proc/filesystems', 'utf8'));
    return overlay && (await exists('/proc/sys/net/bridge'));
  },
  run: async () => {
    await exec('modprobe', ['-a', 'overlay', 'br_netfilter']);
  },
});

const forwardPackets = (paths: HostPaths): Step => ({
  name: 'let this machine forward packets',
  mend: 'see `sysctl -w net.ipv4.ip_forward=1`',
  done: async () => {
    const current = await readSysctls(Object.keys(FORWARDING));
    return Object.entries(FORWARDING).every(([name, value]) => current[name] === value);
  },
  run: async () => {
    await remember(paths, { sysctls: await readSysctls(Object.keys(FORWARDING)) });
    await writeSysctls(FORWARDING);
  },
});

/** Puts back what forwarding was before us, unless someone changed it since. */
export async function restoreSysctls(paths: HostPaths): Promise<void> {
  const { sysctls } = await readRecord(paths);
  const current = await readSysctls(Object.keys(sysctls));
  const ours = Object.entries(sysctls).filter(([name]) => current[name] === FORWARDING[name]);
  await writeSysctls(Object.fromEntries(ours));
}
