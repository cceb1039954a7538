import { readFile } from 'node:fs/promises';
import { exec } from '#kernel/exec.ts';
import type { CloudMarks } from '#test/support/cloud-traces.ts';
import type { CloudUser, ContainerView } from '#test/support/cloud-user.ts';

/** What is on the machine of one container, seen without asking the node. */
interface Seen {
  readonly processes: number;
  readonly isFrozen: boolean;
  readonly memoryMib: number;
}

const MIB = 2 ** 20;
const UP = ['Running', 'Paused'];
const DOWN = ['Created', 'Stopped'];
const RESTING = [...UP, ...DOWN, 'Error'];

export const isAtRest = ({ status, task_state }: ContainerView): boolean =>
  RESTING.includes(status) && task_state === null;

/** Where what the API says of this container at rest is not so, in words; none = all of it is true. */
export async function falsehoods(marks: CloudMarks, container: ContainerView): Promise<string[]> {
  const { name, status, uuid } = container;
  const wrong = await falsePower(marks, container);
  if (!UP.includes(status)) return wrong;
  const { memoryMib } = await look(marks, uuid);
  const told = Number((container as ContainerView & { memory: string }).memory);
  if (memoryMib !== told) wrong.push(`${name} may use ${memoryMib} MiB, not ${told}`);
  const [there, said] = [await addressesOf(marks, uuid), addressesTold(container)];
  if (there.join() !== said.join())
    wrong.push(`${name} has the addresses ${there.join()}, not ${said.join()}`);
  return wrong;
}

/** The same of whether it runs alone: all that a member of a capsule has for itself. */
export async function falsePower(
  marks: CloudMarks,
  { name, status, uuid }: ContainerView,
): Promise<string[]> {
  const { processes, isFrozen } = await look(marks, uuid);
  const isTrue =
    (!UP.includes(status) || (processes > 0 && isFrozen === (status === 'Paused'))) &&
    (!DOWN.includes(status) || processes === 0);
  return isTrue ? [] : [`${name} is ${status}, with ${processes} processes${isFrozen ? ', frozen' : ''}`];
}

/** Files of a running container that are not as they should be. */
export async function lostFiles(
  user: CloudUser,
  { uuid, name }: ContainerView,
  files: ReadonlyMap<string, string>,
): Promise<string[]> {
  const wrong: string[] = [];
  for (const [path, content] of files) {
    const { output } = await user.exec(uuid, `cat ${path}`);
    if (output !== content) wrong.push(`${path} of ${name}: ${output}`);
  }
  return wrong;
}

async function look({ cgroup }: CloudMarks, id: string): Promise<Seen> {
  const read = (controller: string, v1: string, v2 = v1) =>
    readFile(`/sys/fs/cgroup/${controller}/${cgroup}/${id}/${v1}`, 'utf8')
      .catch(() => readFile(`/sys/fs/cgroup/${cgroup}/${id}/${v2}`, 'utf8'))
      .catch(() => '');
  const [processes, frozen, memory] = await Promise.all([
    read('pids', 'cgroup.procs'),
    read('freezer', 'freezer.state', 'cgroup.freeze'),
    read('memory', 'memory.limit_in_bytes', 'memory.max'),
  ]);
  return {
    processes: processes.split('\n').filter(Boolean).length,
    isFrozen: /^(1|FROZEN)/.test(frozen),
    memoryMib: Number(memory) / MIB,
  };
}

/** Of its interfaces, without those that the kernel gives itself. */
async function addressesOf({ prefix }: CloudMarks, id: string): Promise<string[]> {
  const { stdout } = await exec('ip', ['-n', `${prefix}-sandbox-${id}`, '-j', 'address']);
  const links = JSON.parse(stdout) as { addr_info?: { local: string; scope: string }[] }[];
  const addresses = links.flatMap(({ addr_info = [] }) => addr_info);
  return addresses.flatMap(({ local, scope }) => (scope === 'global' ? [local] : [])).toSorted();
}

const addressesTold = ({ addresses }: ContainerView): string[] =>
  Object.values(addresses)
    .flat()
    .map(({ addr }) => addr)
    .toSorted();
