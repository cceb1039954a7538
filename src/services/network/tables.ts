import type { Db, Tx } from '#kernel/db/database.ts';
import type { Row } from '#kernel/db/store.ts';
import type { FloatingIp } from './model/floating-ip.ts';
import type { Network } from './model/network.ts';
import type { PortRecord } from './model/port.ts';
import type { Router } from './model/router.ts';
import type { SecurityGroup, SecurityGroupRule } from './model/security-group.ts';
import type { Subnet } from './model/subnet.ts';

export interface NetworkTables {
  network_network: Row<Network>;
  network_subnet: Row<Subnet>;
  network_port: Row<PortRecord>;
  network_address: AddressRow;
  network_port_group: { port_id: string; group_id: string };
  network_group: Row<SecurityGroup>;
  network_rule: Row<SecurityGroupRule>;
  network_router: Row<Router>;
  network_floating_ip: Row<FloatingIp>;
  network_quota: { project_id: string; resource: string; amount: number };
}

/** One address of one port; unique in its subnet, which is what keeps two allocations apart. */
export interface AddressRow {
  port_id: string;
  subnet_id: string;
  ip: string;
  /** Place among the port's addresses. */
  position: number;
}

export type NetworkDb = Db<NetworkTables>;
export type NetworkTx = Tx<NetworkTables>;
