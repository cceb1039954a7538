import type { Container } from '../model/container.ts';

/** Since 1.18: one entry a port. */
export const networksView = ({ placement }: Container) => ({
  networks: placement.ports.map((port) => ({
    net_id: port.networkId,
    port_id: port.id,
    fixed_ips: port.fixedIps.map(({ address, version, subnetId }) => ({
      ip_address: address,
      version,
      subnet_id: subnetId,
    })),
  })),
});

/** Until 1.17: one entry an address. */
export const flatNetworksView = ({ placement }: Container) => ({
  networks: placement.ports.flatMap((port) =>
    port.fixedIps.map(({ address, version, subnetId }) => ({
      net_id: port.networkId,
      port_id: port.id,
      subnet_id: subnetId,
      ip_address: address,
      version,
    })),
  ),
});
