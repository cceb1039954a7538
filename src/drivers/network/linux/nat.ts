import type { NetworkSpec, PortForwardingSpec, RouterSpec } from '../driver.ts';
import { canonicalAddress, canonicalCidr, isIPv6 } from '../addresses.ts';

/** Address translation as nftables text: pure. Each text replaces a whole table in one transaction; connections live on. */

/**
 * A router's table. Floating addresses are translated whichever side a packet comes from, so neighbours reach each
 * other's. Mark 1 = came in by the gateway: then the stranger's address stays visible to the workload.
 */
export function routerRules(spec: RouterSpec, gatewayDevice: string): string {
  const floating = spec.gateway ? spec.floatingIps : [];
  const forwardings = spec.gateway ? spec.portForwardings : [];
  const inward = floating.map(({ external, fixed }) => `${plain(external)} : ${plain(fixed)}`);
  const outward = floating.map(({ external, fixed }) => `${plain(fixed)} : ${plain(external)}`);
  const own = spec.gateway?.addresses.find(({ address }) => !isIPv6(address));
  const toOwn = own && `snat ip to ${plain(own.address)}`;
  return replaceTable('hydria', [
    ...(spec.gateway
      ? baseChain('incoming', 'filter hook prerouting priority mangle', [
          `iifname "${gatewayDevice}" meta mark set 1`,
        ])
      : []),
    ...baseChain('destination', 'nat hook prerouting priority dstnat', [
      ...forwardings.flatMap(forwardingRules),
      ...(inward.length > 0 ? [`dnat ip to ip daddr map { ${inward.join(', ')} }`] : []),
    ]),
    ...baseChain('source', 'nat hook postrouting priority srcnat', [
      // A translated packet from inside must come back through here, also between neighbours of one network.
      ...(outward.length > 0
        ? [
            `oifname "${gatewayDevice}" snat ip to ip saddr map { ${outward.join(', ')} }`,
            `ct status dnat meta mark != 1 snat ip to ip saddr map { ${outward.join(', ')} }`,
          ]
        : []),
      ...(toOwn && outward.length + forwardings.length > 0 ? [`ct status dnat meta mark != 1 ${toOwn}`] : []),
      ...(toOwn && spec.gateway?.snat
        ? [`oifname "${gatewayDevice}" meta mark != 1 meta nfproto ipv4 ${toOwn}`]
        : []),
    ]),
  ]);
}

/** Port for port: a range moved as a whole would be spread over the workload's ports at will. */
function forwardingRules({
  protocol,
  external,
  externalPorts,
  fixed,
  fixedPorts,
}: PortForwardingSpec): string[] {
  const offset = fixedPorts.first - externalPorts.first;
  if (offset === 0)
    return [
      `ip daddr ${plain(external)} ${protocol} dport ${externalPorts.first}-${externalPorts.last} dnat ip to ${plain(fixed)}`,
    ];
  const count = externalPorts.last - externalPorts.first + 1;
  const ports = Array.from({ length: count }, (_, index) => externalPorts.first + index);
  const pairs = ports.map((port) => `${port} : ${plain(fixed)} . ${port + offset}`);
  return [`ip daddr ${plain(external)} dnat ip to ${protocol} dport map { ${pairs.join(', ')} }`];
}

/** The machine's own table for a network that leaves by the machine's routes. */
export function uplinkRules(spec: NetworkSpec, table: string, device: string): string {
  if (!spec.uplink?.masquerade) return tableRemoval(table);
  const sources = spec.uplink.addresses.map(({ address, prefix }) => canonicalCidr(`${address}/${prefix}`));
  const rules = sources.map(
    (source) => `${isIPv6(source) ? 'ip6' : 'ip'} saddr ${source} oifname != "${device}" masquerade`,
  );
  return replaceTable(table, baseChain('source', 'nat hook postrouting priority srcnat', rules));
}

/** Whether it is there or not. */
export const tableRemoval = (table: string): string =>
  `add table inet ${table}\ndelete table inet ${table}\n`;

const plain = canonicalAddress;

const replaceTable = (table: string, body: readonly string[]): string =>
  `${tableRemoval(table)}table inet ${table} {\n${body.map((line) => `  ${line}\n`).join('')}}\n`;

const baseChain = (name: string, hook: string, rules: readonly string[]): string[] => [
  `chain ${name} {`,
  `  type ${hook}; policy accept;`,
  ...rules.map((rule) => `  ${rule}`),
  '}',
];
