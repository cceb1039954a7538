import type { DhcpPortSpec, DhcpSubnetSpec, NetworkSpec, PortSpec } from '../driver.ts';
import { canonicalAddress, canonicalCidr, isIPv6 } from '../addresses.ts';

/** What dnsmasq is told, as its own words: pure. */

const LEASE_SECONDS = 86_400;

export interface DhcpFiles {
  readonly pidFile: string;
  /** Directories. */
  readonly hosts: string;
  readonly options: string;
}

/** A DHCP server that answers only those whom its files name. */
export function dhcpArguments({ dhcp, resolver }: NetworkSpec, files: DhcpFiles): string[] {
  return [
    'dnsmasq',
    '--conf-file=/dev/null',
    `--pid-file=${files.pidFile}`,
    '--bind-interfaces',
    '--interface=eth0',
    '--port=0',
    '--no-hosts',
    '--user=nobody',
    ...(resolver ? [`--domain=${resolver.domain}`] : []),
    ...dhcp.map((subnet, index) => `--dhcp-range=set:s${index},${range(subnet)}`),
    `--dhcp-hostsfile=${files.hosts}`,
    `--dhcp-optsfile=${files.options}`,
    '--dhcp-ignore=tag:!known',
    '--dhcp-authoritative',
    '--leasefile-ro',
    '--no-ping',
  ];
}

/** A stateless subnet is one as well: dnsmasq's own word for it would make this a router that announces itself. */
function range({ cidr }: DhcpSubnetSpec): string {
  const [address = '', prefix = ''] = canonicalCidr(cidr).split('/');
  return isIPv6(address)
    ? `${address},static,${prefix},${LEASE_SECONDS}`
    : `${address},static,${netmask(Number(prefix))},${LEASE_SECONDS}`;
}

function netmask(prefix: number): string {
  const bits = prefix === 0 ? 0 : 0xff_ff_ff_ff << (32 - prefix);
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join('.');
}

/** What all ports of each subnet are told. */
export function subnetOptions({ dhcp, mtu, resolver }: NetworkSpec): string {
  const own = (resolver?.addresses ?? []).map(({ address }) => canonicalAddress(address));
  return lines(
    dhcp.flatMap(({ cidr, gateway, dnsServers, routes }, index) => {
      const six = isIPv6(cidr);
      const servers = (dnsServers.length > 0 ? dnsServers : own).filter((address) => isIPv6(address) === six);
      const named =
        servers.length > 0 ? [`tag:s${index},option6:dns-server,${servers.map(bracketed).join(',')}`] : [];
      if (six)
        return [...named, ...(resolver ? [`tag:s${index},option6:domain-search,${resolver.domain}`] : [])];
      // A client that is told static routes passes over the router: then the default is one of them.
      const all = [...routes, ...(gateway === null ? [] : [{ destination: '0.0.0.0/0', nexthop: gateway }])];
      const classless = all.map(({ destination, nexthop }) => `${canonicalCidr(destination)},${nexthop}`);
      return [
        `tag:s${index},option:mtu,${mtu}`,
        `tag:s${index},option:router${gateway === null ? '' : `,${gateway}`}`,
        ...(servers.length > 0 ? [`tag:s${index},option:dns-server,${servers.join(',')}`] : []),
        ...(routes.length > 0 ? [`tag:s${index},option:classless-static-route,${classless.join(',')}`] : []),
      ];
    }),
  );
}

/** A port's own lines: its addresses, by its MAC, and its own options. */
export function portFiles(port: PortSpec, dhcp: DhcpPortSpec): { hosts: string; options: string } {
  const tag = `p${port.id}`;
  const addresses = port.addresses.map(({ address }) => bracketed(canonicalAddress(address)));
  const name = dhcp.hostname === null ? [] : [dhcp.hostname];
  return {
    hosts: lines([[port.mac.toLowerCase(), `set:${tag}`, ...addresses, ...name].join(',')]),
    options: lines(
      dhcp.options.map(
        ({ ipVersion, name: option, value }) => `tag:${tag},${optionName(ipVersion, option)},${value}`,
      ),
    ),
  };
}

const optionName = (version: 4 | 6, name: string): string =>
  version === 6 ? `option6:${name}` : /^\d+$/.test(name) ? name : `option:${name}`;

const bracketed = (address: string): string => (isIPv6(address) ? `[${address}]` : address);

const lines = (texts: readonly string[]): string => texts.map((text) => `${text}\n`).join('');
