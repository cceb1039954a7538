import type { AddressGroup } from '../model/address-group.ts';
import type { FloatingIp } from '../model/floating-ip.ts';
import type { Network } from '../model/network.ts';
import type { PortRecord } from '../model/port.ts';
import type { PortForwarding } from '../model/port-forwarding.ts';
import type { QosPolicy, QosRule } from '../model/qos.ts';
import type { Router } from '../model/router.ts';
import type { DefaultRule, SecurityGroup, SecurityGroupRule } from '../model/security-group.ts';
import type { RbacPolicy } from '../model/sharing.ts';
import type { Subnet } from '../model/subnet.ts';
import type { AddressScope, SubnetPool } from '../model/subnet-pool.ts';
import type { Trunk } from '../model/trunk.ts';
import { Store } from '#kernel/db/store.ts';

/** One store for each table of objects. */
export const networkStore = new Store<Network>({
  table: 'network_network',
  told: 'network.network',
  flags: ['adminStateUp', 'external', 'isDefault', 'portSecurityEnabled'],
  json: ['tags', 'availabilityZoneHints'],
});

export const subnetStore = new Store<Subnet>({
  table: 'network_subnet',
  told: 'network.subnet',
  flags: ['enableDhcp'],
  json: ['tags', 'allocationPools', 'dnsNameservers', 'hostRoutes', 'serviceTypes'],
});

export const portRecordStore = new Store<PortRecord>({
  table: 'network_port',
  told: 'network.port',
  flags: ['adminStateUp', 'primary', 'preserved', 'portSecurityEnabled'],
  json: ['tags', 'allowedAddressPairs', 'extraDhcpOpts', 'profile'],
});

export const groupStore = new Store<SecurityGroup>({
  table: 'network_group',
  told: 'network.security-group',
  flags: ['stateful'],
  json: ['tags'],
});

export const ruleStore = new Store<SecurityGroupRule>({
  table: 'network_rule',
  told: 'network.security-group-rule',
  json: ['tags'],
});

export const routerStore = new Store<Router>({
  table: 'network_router',
  told: 'network.router',
  flags: ['adminStateUp', 'enableSnat'],
  json: ['tags', 'routes', 'availabilityZoneHints'],
});

export const floatingIpStore = new Store<FloatingIp>({
  table: 'network_floating_ip',
  told: 'network.floating-ip',
  json: ['tags'],
});

export const rbacStore = new Store<RbacPolicy>({
  table: 'network_rbac',
  told: 'network.rbac-policy',
  json: ['tags'],
});

export const scopeStore = new Store<AddressScope>({
  table: 'network_address_scope',
  told: 'network.address-scope',
  json: ['tags'],
});

export const poolStore = new Store<SubnetPool>({
  table: 'network_subnet_pool',
  told: 'network.subnet-pool',
  flags: ['isDefault'],
  json: ['tags', 'prefixes'],
});

export const addressGroupStore = new Store<AddressGroup>({
  table: 'network_address_group',
  told: 'network.address-group',
  json: ['tags', 'addresses'],
});

export const defaultRuleStore = new Store<DefaultRule>({
  table: 'network_default_rule',
  flags: ['usedInDefaultSg', 'usedInNonDefaultSg'],
  json: ['tags'],
});

export const qosPolicyStore = new Store<QosPolicy>({
  table: 'network_qos_policy',
  told: 'network.qos-policy',
  flags: ['isDefault'],
  json: ['tags'],
});

export const qosRuleStore = new Store<QosRule>({
  table: 'network_qos_rule',
  told: 'network.qos-rule',
  json: ['tags'],
});

export const forwardingStore = new Store<PortForwarding>({
  table: 'network_port_forwarding',
  told: 'network.port-forwarding',
  json: ['tags'],
});

export const trunkStore = new Store<Trunk>({
  table: 'network_trunk',
  told: 'network.trunk',
  flags: ['adminStateUp'],
  json: ['tags'],
});
