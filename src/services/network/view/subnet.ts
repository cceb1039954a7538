import type { Subnet } from '../model/subnet.ts';
import type { NetworkDb } from '../tables.ts';
import { standardView } from './standard.ts';

export const subnetViews = async (_db: NetworkDb, subnets: readonly Subnet[]) => subnets.map(subnetView);

const subnetView = (subnet: Subnet) => ({
  ...standardView(subnet),
  network_id: subnet.networkId,
  ip_version: subnet.ipVersion,
  cidr: subnet.cidr,
  gateway_ip: subnet.gatewayIp,
  enable_dhcp: subnet.enableDhcp,
  allocation_pools: subnet.allocationPools,
  dns_nameservers: subnet.dnsNameservers,
  host_routes: subnet.hostRoutes,
  ipv6_ra_mode: subnet.ipv6RaMode,
  ipv6_address_mode: subnet.ipv6AddressMode,
  subnetpool_id: subnet.subnetpoolId,
  service_types: subnet.serviceTypes,
});
