import { readdir, readFile, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { exec } from '#kernel/exec.ts';
import { releaseLoop } from '#kernel/loop-device.ts';
import { ownCgroups, removeCgroup } from '#src/deploy/host/cgroups.ts';
import { DAEMONS, isDaemon } from '#src/deploy/host/daemons.ts';
import type { HostPaths } from '#src/deploy/host/paths.ts';
import { endProcesses, listProcesses } from '#src/deploy/host/processes.ts';
import { memoryDirectory } from '#node/machine.ts';
import { ownLoopDevices, ownMounts, ownProcesses } from '#src/deploy/host/traces.ts';

/** How what a cloud makes on the machine is known from what others make. */
export interface CloudMarks {
  readonly paths: HostPaths;
  readonly cgroup: string;
  /** Of interfaces, namespaces and packet filters. */
  readonly prefix: string;
}

/** Everything of a cloud that can be left over or lost, by kind; each kind sorted, without what differs between two runs. */
export type Traces = Readonly<Record<string, readonly string[]>>;

/** All that the cloud's node has on this machine. */
export async function readTraces(marks: CloudMarks): Promise<Traces> {
  const { paths, prefix, cgroup } = marks;
  const kinds: Record<string, Promise<readonly string[]>> = {
    cgroups: cgroups(cgroup),
    processes: workingProcesses(marks).then((all) => all.map(({ args }) => args.join(' '))),
    mounts: mounts(paths),
    namespaces: namespaces(prefix),
    interfaces: interfaces(prefix),
    filters: filters(prefix),
    workloads: workloads(paths),
    loopDevices: loopDevices(paths),
    volumeFiles: filesIn(join(paths.data, 'node/volumes'), ['volumes', 'snapshots', 'drafts']),
    backups: filesIn(join(paths.data, 'control/backups'), ['manifests']),
    images: filesIn(join(paths.data, 'control'), ['images', 'staging']),
    secretFiles: memoryDirectory(paths.run).then((memory) => filesIn(memory, ['secrets'])),
  };
  const found = Object.entries(kinds).map(async ([kind, names]) => [kind, (await names).toSorted()] as const);
  return Object.fromEntries(await Promise.all(found));
}

const ROWS: Readonly<Record<string, string>> = {
  containers: 'select id from container',
  capsules: 'select id from container_capsule',
  tickets: 'select container_id as id from container_ticket',
  ports: 'select id from network_port',
  portAddresses: 'select ip as id from network_address',
  networks: 'select id from network_network',
  subnets: 'select id from network_subnet',
  routers: 'select id from network_router',
  floatingIps: 'select id from network_floating_ip',
  securityGroups: 'select id from network_group',
  securityRules: 'select id from network_rule',
  allocations: 'select consumer as id from placement_allocation',
  volumes: 'select id from volume_volume',
  snapshots: 'select id from volume_snapshot',
  attachments: 'select id from volume_attachment',
  volumeBackups: 'select id from volume_backup',
  uploads: 'select id from volume_upload',
  volumeReasons: 'select id from volume_reason',
  openTasks: "select kind || ' ' || target as id from task where state not in ('done', 'failed')",
};

/** What the node remembers of containers and volumes. */
const NODE_ROWS: Readonly<Record<string, string>> = {
  nodeContainers: "select kind || ' ' || id as id from entry where kind in ('container', 'sandbox')",
  nodeVolumes:
    "select kind || ' ' || id as id from entry where kind in ('volume', 'snapshot', 'attachment', 'copy')",
};

/** What the databases of control and node say there is. */
export const readRows = ({ paths }: CloudMarks): Traces => ({
  ...rowsOf(join(paths.data, 'control', 'hydria.db'), ROWS),
  ...rowsOf(join(paths.data, 'node', 'node.db'), NODE_ROWS),
});

function rowsOf(path: string, queries: Readonly<Record<string, string>>): Traces {
  using database = new DatabaseSync(path, { readOnly: true });
  const ids = (query: string) =>
    database
      .prepare(query)
      .all()
      .map((row) => String(row['id']));
  return Object.fromEntries(Object.entries(queries).map(([kind, query]) => [kind, ids(query).toSorted()]));
}

/** Takes all of it away by force, what uses something before what it uses: no failed test may leave anything. */
export async function removeTraces(marks: CloudMarks): Promise<void> {
  const { paths, prefix, cgroup } = marks;
  for (const group of await ownCgroups(cgroup)) await removeCgroup(group);
  const listeners = (await listProcesses()).filter(({ args }) => isListener(args, prefix));
  const pids = [...ownProcesses(await listProcesses(), paths), ...listeners].map(({ pid }) => pid);
  await endProcesses(pids, 1_000);
  for (const point of await mounts(paths)) await exec('umount', ['-l', point]);
  for (const device of await loopDevices(paths)) await releaseLoop(device).catch(() => {});
  for (const name of await namespaces(prefix)) await exec('ip', ['netns', 'delete', name]);
  for (const name of await interfaces(prefix))
    await exec('ip', ['link', 'delete', name], { okCodes: [0, 1] });
  for (const name of await filters(prefix)) await exec('nft', ['delete', 'table', ...name.split(' ')]);
  const memory = await memoryDirectory(paths.run).catch(() => paths.run); // one that never began has none
  await rm(memory, { recursive: true, force: true });
}

/** One for each workload in each hierarchy; the monitors' own group stays once it is there. */
async function cgroups(name: string): Promise<readonly string[]> {
  const parents = await ownCgroups(name);
  const children = parents.map(async (parent) => {
    const entries = await readdir(parent, { withFileTypes: true });
    const groups = entries.filter((entry) => entry.isDirectory() && entry.name !== 'conmon');
    return groups.map((entry) => join(parent, entry.name));
  });
  return (await Promise.all(children)).flat();
}

/** Monitors, runtimes, name servers and who makes sockets for the node: all but the daemons themselves. */
async function workingProcesses({ paths, prefix }: CloudMarks) {
  const all = await listProcesses();
  const working = ownProcesses(all, paths).filter(
    ({ args }) => !DAEMONS.some((name) => isDaemon(args, name, paths)),
  );
  return [...working, ...all.filter(({ args }) => isListener(args, prefix))];
}

const isListener = (args: readonly string[], prefix: string): boolean =>
  args.some((arg) => arg.endsWith('/listen-there.ts')) && args.at(-1)?.startsWith(`${prefix}-`) === true;

const mounts = async (paths: HostPaths) => ownMounts(await readFile('/proc/self/mountinfo', 'utf8'), paths);

async function namespaces(prefix: string): Promise<readonly string[]> {
  const all = await readdir('/run/netns').catch(() => []);
  return all.filter((name) => name.startsWith(`${prefix}-`));
}

async function interfaces(prefix: string): Promise<readonly string[]> {
  const { stdout } = await exec('ip', ['-j', 'link', 'show']);
  const links = JSON.parse(stdout) as readonly { ifname: string }[];
  return links.map(({ ifname }) => ifname).filter((name) => name.startsWith(prefix));
}

async function filters(prefix: string): Promise<readonly string[]> {
  const { stdout } = await exec('nft', ['-j', 'list', 'tables'], { maxOutput: 1 << 26 });
  const { nftables } = JSON.parse(stdout) as { nftables: { table?: { family: string; name: string } }[] };
  return nftables.flatMap(({ table }) =>
    table?.name.startsWith(`${prefix}-`) ? [`${table.family} ${table.name}`] : [],
  );
}

async function loopDevices(paths: HostPaths): Promise<readonly string[]> {
  return ownLoopDevices((await exec('losetup', ['--list', '--json'])).stdout, paths);
}

/** What the runtime keeps of each workload on the disk. */
const workloads = (paths: HostPaths): Promise<readonly string[]> =>
  filesIn(join(paths.data, 'node', 'crun'), ['workloads', 'state', 'exits']);

async function filesIn(base: string, folderNames: readonly string[]): Promise<readonly string[]> {
  const folders = folderNames.map((name) => join(base, name));
  const names = folders.map(async (folder) => {
    const entries = await readdir(folder).catch(() => []);
    return entries.map((name) => relative(base, join(folder, name)));
  });
  return (await Promise.all(names)).flat();
}
