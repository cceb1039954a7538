import type { Db, Tx } from '#kernel/db/database.ts';
import type { Row } from '#kernel/db/store.ts';
import type { AddressGroup } from './model/address-group.ts';
import type { FloatingIp } from './model/floating-ip.ts';
import type { Network } from './model/network.ts';
import type { PortRecord } from './model/port.ts';
import type { PortForwarding } from './model/port-forwarding.ts';
import type { QosPolicy, QosRule } from './model/qos.ts';
import type { Router } from './model/router.ts';
import type { DefaultRule, SecurityGroup, SecurityGroupRule } from './model/security-group.ts';
import type { RbacPolicy } from './model/sharing.ts';
import type { Subnet } from './model/subnet.ts';
import type { AddressScope, SubnetPool } from './model/subnet-pool.ts';
import type { SubPort, Trunk } from './model/trunk.ts';

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
  network_rbac: Row<RbacPolicy>;
  network_address_scope: Row<AddressScope>;
  network_subnet_pool: Row<SubnetPool>;
  network_address_group: Row<AddressGroup>;
  network_default_rule: Row<DefaultRule>;
  network_auto_topology: { project_id: string; network_id: string; router_id: string };
  network_qos_policy: Row<QosPolicy>;
  network_qos_rule: Row<QosRule>;
  network_port_forwarding: Row<PortForwarding>;
  network_trunk: Row<Trunk>;
  network_subport: Row<SubPort>;
  network_binding: { port_id: string; host: string; vnic_type: string; profile: string };
  network_agent: { id: string; description: string; admin_state_up: number };
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
