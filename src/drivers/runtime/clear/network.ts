import { badRequest } from '#kernel/errors.ts';
import { exec } from '#kernel/exec.ts';
import type { Records } from './agent/records.ts';

/** What a machine is told of its interfaces, and the taps that they are connected to, in the same order. */
export interface MachineNetwork {
  readonly taps: readonly string[];
  readonly records: Records;
}

interface IpLink {
  readonly ifname: string;
  readonly address: string;
  readonly mtu: number;
  readonly flags: readonly string[];
  readonly addr_info: readonly {
    readonly local: string;
    readonly prefixlen: number;
    readonly scope: string;
  }[];
}

interface IpRoute {
  readonly dst: string;
  readonly gateway?: string;
  readonly dev?: string;
  readonly protocol?: string;
}

const TAP = 'hytap';
const tapOf = (index: number): string => `${TAP}${index}`;

/**
 * Takes over what the network driver has put into a namespace: each interface's frames go to a tap and come from there, so that
 * addresses, security groups and rules against spoofing stay where they are. As often as one likes.
 */
export async function takeInterfaces(netns: string): Promise<MachineNetwork> {
  const { links, routes } = await readNamespace(netns);
  const own = links.filter(({ ifname, flags }) => !flags.includes('LOOPBACK') && !ifname.startsWith(TAP));
  const missing = own
    .map((link, index) => ({ ...link, tap: tapOf(index) }))
    .filter(({ tap }) => !links.some(({ ifname }) => ifname === tap));
  if (missing.length > 0) await connect(netns, missing);
  return { taps: own.map((_, index) => tapOf(index)), records: networkRecords(own, routes) };
}

const READ = 'ip -j addr; echo; ip -j route; echo; ip -j -6 route';

async function readNamespace(netns: string) {
  const { stdout } = await exec('nsenter', [`--net=${netns}`, 'sh', '-c', READ]);
  const [addresses, routes4, routes6] = stdout
    .trim()
    .split(/\n\n+/)
    .map((json) => JSON.parse(json.trim() || '[]') as unknown);
  return {
    links: addresses as readonly IpLink[],
    routes: [...((routes4 ?? []) as readonly IpRoute[]), ...((routes6 ?? []) as readonly IpRoute[])],
  };
}

/** Pure; the guest calls its interfaces eth0, eth1, … in the same order. */
export function networkRecords(links: readonly IpLink[], routes: readonly IpRoute[]): Records {
  const names = new Map(links.map(({ ifname }, index) => [ifname, `eth${index}`]));
  return [
    ...links.map(({ ifname, address, mtu }) => ['link', `${names.get(ifname)};${address};${mtu}`] as const),
    ...links.flatMap(({ ifname, addr_info }) =>
      addr_info
        .filter(({ scope }) => scope === 'global')
        .map(({ local, prefixlen }) => ['address', `${names.get(ifname)};${local}/${prefixlen}`] as const),
    ),
    ...routes
      .filter(
        ({ dst, dev, protocol }) => names.has(dev ?? '') && protocol !== 'kernel' && !dst.startsWith('fe80:'),
      )
      .toSorted((a, b) => Number(a.gateway !== undefined) - Number(b.gateway !== undefined))
      .map(({ dst, dev, gateway }) => ['route', `${names.get(dev ?? '')};${dst};${gateway ?? ''}`] as const),
  ];
}

const EVERYTHING = 'protocol all prio 1 u32 match u32 0 0 action mirred egress redirect dev';

async function connect(
  netns: string,
  links: readonly { readonly ifname: string; readonly tap: string; readonly mtu: number }[],
): Promise<void> {
  if (links.some(({ ifname }) => !/^[\w.-]{1,15}$/.test(ifname)))
    throw badRequest('An interface has no plain name.');
  const taps = links.flatMap(({ tap, mtu }) => [
    `tuntap add dev ${tap} mode tap`,
    `link set dev ${tap} mtu ${mtu} addrgenmode none up`,
  ]);
  const rules = links.flatMap(({ ifname, tap }) => [
    `qdisc add dev ${ifname} ingress`,
    `qdisc add dev ${tap} ingress`,
    `filter add dev ${ifname} parent ffff: ${EVERYTHING} ${tap}`,
    `filter add dev ${tap} parent ffff: ${EVERYTHING} ${ifname}`,
  ]);
  const lines = (commands: readonly string[]) => `${commands.join('\n')}\n`;
  await exec('nsenter', [`--net=${netns}`, 'ip', '-force', '-batch', '-'], { input: lines(taps) });
  await exec('nsenter', [`--net=${netns}`, 'tc', '-force', '-batch', '-'], {
    input: lines(rules),
    okCodes: [0, 1, 2],
  });
}
