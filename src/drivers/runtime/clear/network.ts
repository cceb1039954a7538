import { badRequest, conflict } from '#kernel/errors.ts';
import { exec } from '#kernel/exec.ts';
import type { Records } from './agent/records.ts';

/** What a machine is told of its interfaces, and the taps of all that it has, also of those that nothing leads to yet. */
export interface MachineNetwork {
  readonly taps: readonly string[];
  readonly records: Records;
}

interface IpLink {
  readonly ifname: string;
  /** Of a tap: the interface whose frames go to it. */
  readonly ifalias?: string;
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
/** For networks that a workload gets while it runs. */
const SPARE = 1;

/**
 * Takes over what the network driver has put into a namespace: each interface's frames go to a tap and come from there, so that
 * addresses, security groups and rules against spoofing stay where they are. As often as one likes; a tap leads where it led before.
 * @param isRunning whether the machine is there, with the taps that it has; else it is about to start, and gets one to spare
 * @throws CloudError `conflict` when a machine that runs has too few
 */
export async function takeInterfaces(netns: string, isRunning = false): Promise<MachineNetwork> {
  const { links, routes } = await readNamespace(netns);
  const own = links.filter(({ ifname, flags }) => !flags.includes('LOOPBACK') && !ifname.startsWith(TAP));
  const there = links.filter(({ ifname }) => ifname.startsWith(TAP));
  const count = isRunning ? there.length : Math.max(own.length + SPARE, there.length);
  if (own.length > count) throw conflict('It gets that network when it is started again.');
  const taps = Array.from({ length: count }, (_, index) => tapOf(index));
  const owners = placeLinks(own, there, taps);
  await connect(netns, {
    missing: taps.filter((tap) => !there.some(({ ifname }) => ifname === tap)),
    changed: owners.flatMap((link, index) =>
      link?.ifname === aliasOf(there, tapOf(index)) ? [] : [{ tap: tapOf(index), link }],
    ),
  });
  return { taps, records: networkRecords(owners, routes) };
}

const aliasOf = (taps: readonly IpLink[], tap: string): string | undefined =>
  taps.find(({ ifname }) => ifname === tap)?.ifalias;

/** Which interface each tap leads to: the one that it led to, else a new one. Pure. */
function placeLinks(
  own: readonly IpLink[],
  there: readonly IpLink[],
  taps: readonly string[],
): readonly (IpLink | undefined)[] {
  const kept = taps.map((tap) => own.find(({ ifname }) => ifname === aliasOf(there, tap)));
  const fresh = own.filter((link) => !kept.includes(link));
  return kept.map((link) => link ?? fresh.shift());
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
export function networkRecords(places: readonly (IpLink | undefined)[], routes: readonly IpRoute[]): Records {
  const links = places.filter((link) => link !== undefined);
  const names = new Map(links.map((link) => [link.ifname, `eth${places.indexOf(link)}`]));
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

interface Connecting {
  /** Taps to be made. */
  readonly missing: readonly string[];
  /** Taps that lead elsewhere from now on; without a link, nowhere. */
  readonly changed: readonly { readonly tap: string; readonly link: IpLink | undefined }[];
}

async function connect(netns: string, { missing, changed }: Connecting): Promise<void> {
  const links = changed.flatMap(({ tap, link }) => (link ? [{ ...link, tap }] : []));
  if (links.some(({ ifname }) => !/^[\w.-]{1,15}$/.test(ifname)))
    throw badRequest('An interface has no plain name.');
  const taps = [
    ...missing.flatMap((tap) => [
      `tuntap add dev ${tap} mode tap`,
      `link set dev ${tap} addrgenmode none up`,
    ]),
    ...links.map(({ tap, mtu }) => `link set dev ${tap} mtu ${mtu}`),
  ];
  const rules = [
    ...changed.filter(({ tap }) => !missing.includes(tap)).map(({ tap }) => `qdisc del dev ${tap} ingress`),
    ...links.flatMap(({ ifname, tap }) => [
      `qdisc add dev ${ifname} ingress`,
      `qdisc add dev ${tap} ingress`,
      `filter add dev ${ifname} parent ffff: ${EVERYTHING} ${tap}`,
      `filter add dev ${tap} parent ffff: ${EVERYTHING} ${ifname}`,
    ]),
  ];
  // Last: a tap that says where it leads does lead there.
  const aliases = changed.map(({ tap, link }) => `link set dev ${tap} alias ${link?.ifname ?? '""'}`);
  await batch(netns, 'ip', taps);
  await batch(netns, 'tc', rules);
  await batch(netns, 'ip', aliases);
}

async function batch(netns: string, program: 'ip' | 'tc', commands: readonly string[]): Promise<void> {
  if (commands.length === 0) return;
  await exec('nsenter', [`--net=${netns}`, program, '-force', '-batch', '-'], {
    input: `${commands.join('\n')}\n`,
    okCodes: program === 'tc' ? [0, 1, 2] : [0],
  });
}
