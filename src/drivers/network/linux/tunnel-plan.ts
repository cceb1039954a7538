import { canonicalAddress, isIPv6, linkLocal } from '../addresses.ts';
import type { RemoteSpec } from '../driver.ts';

/** What a tunnel knows: to which machine a MAC is sent, and what it answers when somebody asks for an address. */
export interface TunnelEntries {
  /** MAC → address of its machine. */
  readonly macs: ReadonlyMap<string, string>;
  /** Address → MAC. */
  readonly neighbours: ReadonlyMap<string, string>;
  /** The machines to which goes what is for all hosts or all routers of IPv6: advertisements, and asking for them. */
  readonly nodes: ReadonlySet<string>;
}

export const EMPTY: TunnelEntries = { macs: new Map(), neighbours: new Map(), nodes: new Set() };

const ALL_HOSTS = '33:33:00:00:00:01';
const ALL_ROUTERS = '33:33:00:00:00:02';

/** What `bridge -json fdb` and `ip -json neigh` print, as far as we look. */
export interface ShownMac {
  readonly mac: string;
  readonly dst?: string;
}

export interface ShownNeighbour {
  readonly dst: string;
  readonly lladdr?: string;
}

export function wantedEntries(remotes: readonly RemoteSpec[]): TunnelEntries {
  const macs = new Map<string, string>();
  const neighbours = new Map<string, string>();
  for (const remote of remotes) {
    const mac = remote.mac.toLowerCase();
    macs.set(mac, canonicalAddress(remote.node));
    const addresses = remote.addresses.map(canonicalAddress);
    for (const address of addresses) neighbours.set(address, mac);
    if (addresses.some(isIPv6)) neighbours.set(linkLocal(mac), mac);
  }
  return { macs, neighbours, nodes: new Set(macs.values()) };
}

export const readTunnel = (
  macs: readonly ShownMac[],
  neighbours: readonly ShownNeighbour[],
): TunnelEntries => ({
  macs: new Map(
    macs.flatMap(({ mac, dst }) => (dst === undefined || mac.startsWith('33:33:') ? [] : [[mac, dst]])),
  ),
  nodes: new Set(macs.flatMap(({ mac, dst }) => (dst === undefined || mac !== ALL_HOSTS ? [] : [dst]))),
  neighbours: new Map(neighbours.map(({ dst, lladdr }) => [dst, lladdr ?? ''])),
});

/**
 * Lines of bridge(8) and ip(8) that turn what is there into what is wanted. A MAC is told to the tunnel (which machine) and to
 * the bridge (that it is behind the tunnel): the bridge would else send what it does not know to everybody here. Sticky, or
 * a last word of what stood here before moves the entry to its port, with which it goes. Pure.
 */
export function planTunnel(
  held: TunnelEntries,
  wanted: TunnelEntries,
  device: string,
): { bridge: string[]; ip: string[] } {
  const macs = difference(held.macs, wanted.macs);
  const neighbours = difference(held.neighbours, wanted.neighbours);
  return {
    bridge: [
      ...[...held.nodes]
        .filter((node) => !wanted.nodes.has(node))
        .flatMap((node) => groups('del', device, node)),
      ...[...wanted.nodes]
        .filter((node) => !held.nodes.has(node))
        .flatMap((node) => groups('append', device, node)),
      ...macs.gone.flatMap(([mac, node]) => [
        `fdb del ${mac} dev ${device} dst ${node} self`,
        `fdb del ${mac} dev ${device} master`,
      ]),
      ...macs.changed.flatMap(([mac, node]) => [
        `fdb replace ${mac} dev ${device} dst ${node} self permanent`,
        `fdb replace ${mac} dev ${device} master static sticky`,
      ]),
    ],
    ip: [
      ...neighbours.gone.map(([address]) => `neigh del ${address} dev ${device}`),
      ...neighbours.changed.map(
        ([address, mac]) => `neigh replace ${address} lladdr ${mac} dev ${device} nud permanent`,
      ),
    ],
  };
}

const groups = (verb: 'append' | 'del', device: string, node: string): string[] =>
  [ALL_HOSTS, ALL_ROUTERS].map(
    (mac) => `fdb ${verb} ${mac} dev ${device} dst ${node} self${verb === 'append' ? ' permanent' : ''}`,
  );

function difference(held: ReadonlyMap<string, string>, wanted: ReadonlyMap<string, string>) {
  return {
    gone: [...held].filter(([key]) => !wanted.has(key)),
    changed: [...wanted].filter(([key, value]) => held.get(key) !== value),
  };
}
