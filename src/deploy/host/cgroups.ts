import { readdir, readFile, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { exists, isAbsent } from './files.ts';
import { allGone } from './processes.ts';

const CGROUP_ROOT = '/sys/fs/cgroup';

/** Our cgroup of every hierarchy: one in the unified layout, one per controller in the older ones. */
export async function ownCgroups(name: string, root = CGROUP_ROOT): Promise<readonly string[]> {
  const parents = await readdir(root, { withFileTypes: true });
  const hierarchies = [
    root,
    ...parents.filter((entry) => entry.isDirectory()).map((entry) => join(root, entry.name)),
  ];
  const candidates = hierarchies.map((parent) => join(parent, name));
  const present = await Promise.all(candidates.map(exists));
  return candidates.filter((_, index) => present[index]);
}

/** Ends all that runs in the cgroup and below, then takes the cgroups away, innermost first. */
export async function removeCgroup(path: string): Promise<void> {
  const groups = await descendants(path);
  const pids = (await Promise.all(groups.map(members))).flat();
  for (const pid of pids) killNow(pid);
  await allGone(pids, 10_000);
  for (const group of groups.toReversed()) await removeEmpty(group);
}

async function descendants(path: string): Promise<readonly string[]> {
  const entries = await readdir(path, { withFileTypes: true });
  const children = entries.filter((entry) => entry.isDirectory()).map((entry) => join(path, entry.name));
  return [path, ...(await Promise.all(children.map(descendants))).flat()];
}

async function members(group: string): Promise<readonly number[]> {
  const text = await readFile(join(group, 'cgroup.procs'), 'utf8');
  return text.split('\n').filter(Boolean).map(Number);
}

function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ESRCH') throw thrown;
  }
}

async function removeEmpty(group: string): Promise<void> {
  await rmdir(group).catch((thrown: unknown) => {
    if (!isAbsent(thrown)) throw thrown;
  });
}
