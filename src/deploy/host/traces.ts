import { basename, sep } from 'node:path';
import { DAEMONS, isDaemon } from './daemons.ts';
import { ownDirectories, type HostPaths } from './paths.ts';
import type { ProcessInfo } from './processes.ts';

/**
 * How a purge knows what is ours. Pure: each takes what the machine shows and gives what may be taken away. A name
 * alone is never enough where people choose names too.
 */

export const isUnder = (directory: string, path: string): boolean =>
  path === directory || path.startsWith(directory + sep);

const isOwnPath = (paths: HostPaths, path: string): boolean =>
  ownDirectories(paths).some((directory) => isUnder(directory, path));

/** Programs that we start, working on our directories: not an editor that has our configuration open. */
export function ownProcesses(all: readonly ProcessInfo[], paths: HostPaths): readonly ProcessInfo[] {
  return all.filter(({ args }) => {
    if (DAEMONS.some((name) => isDaemon(args, name, paths))) return true;
    const [program = '', script = ''] = args;
    const isOurTool =
      ['conmon', 'crun', 'dnsmasq'].includes(basename(program)) || basename(script) === 'supervise.sh';
    return isOurTool && args.some((arg) => isOwnPath(paths, arg.replace(/^--?[\w-]+=/, '')));
  });
}

/** Mount points in our directories, deepest first, from /proc/self/mountinfo. */
export function ownMounts(mountinfo: string, paths: HostPaths): readonly string[] {
  const points = mountinfo.split('\n').map((line) => unescapeOctal(line.split(' ')[4] ?? ''));
  return points.filter((point) => isOwnPath(paths, point)).toReversed();
}

/** Devices whose files are in our directories, from `losetup --list --json`. */
export function ownLoopDevices(json: string, paths: HostPaths): readonly string[] {
  const { loopdevices = [] } = JSON.parse(json || '{}') as { loopdevices?: readonly LoopDevice[] };
  return loopdevices.flatMap((device) => (isOwnPath(paths, device['back-file'] ?? '') ? [device.name] : []));
}

/** The kernel writes a space in a path as `\040`. */
const unescapeOctal = (text: string): string =>
  text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));

const isNamedById = (name: string): boolean => name.startsWith('hy-') && ID.test(name);

const ID = /[0-9a-f]{8}-?[0-9a-f]{4}/i;

/** Interfaces that carry our prefix, and the id of what they belong to in their alias: from `ip -j link show`. */
export function ownInterfaces(json: string): readonly string[] {
  const links = JSON.parse(json || '[]') as readonly Link[];
  return links.flatMap(({ ifname = '', ifalias = '' }) =>
    ifname.startsWith('hy') && ID.test(ifalias) ? [ifname] : [],
  );
}

/** Namespaces named by our prefix, what they are for, and an id: from the names in /run/netns. */
export const ownNamespaces = (names: readonly string[]): readonly string[] => names.filter(isNamedById);

/** `FAMILY NAME` of tables named hydria, or by our prefix and an id, from `nft -j list tables`. */
export function ownTables(json: string): readonly string[] {
  const { nftables = [] } = JSON.parse(json || '{}') as { nftables?: readonly NftObject[] };
  return nftables.flatMap(({ table }) =>
    table && (/^hydria([-_].*)?$/.test(table.name) || isNamedById(table.name))
      ? [`${table.family} ${table.name}`]
      : [],
  );
}

interface Link {
  readonly ifname?: string;
  readonly ifalias?: string;
}

interface NftObject {
  readonly table?: { readonly family: string; readonly name: string };
}

interface LoopDevice {
  readonly name: string;
  readonly 'back-file'?: string;
}
