import { readdir } from 'node:fs/promises';
import { exec } from '#kernel/exec.ts';
import type { Traces } from './cloud-traces.ts';

/** What is inside each namespace with that prefix: devices with their addresses, tunnel entries, rules. In no order that says anything. */
export async function readNetworkTraces(prefix: string): Promise<Traces> {
  const namespaces = (await readdir('/run/netns')).filter((name) => name.startsWith(`${prefix}-`)).toSorted();
  const found: Record<string, string[]> = {};
  for (const name of namespaces)
    found[name] = (
      await Promise.all([addresses(name), tunnels(name), neighbours(name), rules(name)])
    ).flatMap((lines) => lines.toSorted());
  return found;
}

async function addresses(namespace: string): Promise<string[]> {
  const { stdout } = await exec('ip', ['-n', namespace, '-j', 'address']);
  const links = JSON.parse(stdout) as {
    ifname?: string;
    addr_info?: { local: string; prefixlen: number }[];
  }[];
  return links.flatMap(({ ifname, addr_info = [] }) => [
    `device ${ifname}`,
    ...addr_info.map(({ local, prefixlen }) => `address ${local}/${prefixlen} ${ifname}`),
  ]);
}

async function tunnels(namespace: string): Promise<string[]> {
  const { stdout } = await exec('bridge', ['-n', namespace, 'fdb']);
  return stdout.split('\n').filter((line) => line.includes(' dst '));
}

async function neighbours(namespace: string): Promise<string[]> {
  const { stdout } = await exec('ip', ['-n', namespace, 'neighbour', 'show', 'nud', 'permanent']);
  return stdout.split('\n').filter(Boolean);
}

/** Each element of a set for itself: the kernel gives them in any order. */
async function rules(namespace: string): Promise<string[]> {
  const { stdout } = await exec('ip', ['netns', 'exec', namespace, 'nft', 'list', 'ruleset']);
  const words = stdout.split(/[\n,]|elements = \{/).map((line) => line.replace(/ \}$/, '').trim());
  return words.filter((line) => line !== '' && line !== '}');
}
