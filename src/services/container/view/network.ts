import type { Container } from '../model/container.ts';
import type { NetworkRow } from '../tables.ts';

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

/** Docker's network of Zun is here the network itself. */
export const knownNetworkView = (network: NetworkRow) => ({
  uuid: network.id,
  name: network.name,
  project_id: network.project_id,
  user_id: network.user_id,
  network_id: network.network_id,
  neutron_net_id: network.network_id,
});
