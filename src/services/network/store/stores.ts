import type { FloatingIp } from '../model/floating-ip.ts';
import type { Network } from '../model/network.ts';
import type { PortRecord } from '../model/port.ts';
import type { Router } from '../model/router.ts';
import type { SecurityGroup, SecurityGroupRule } from '../model/security-group.ts';
import type { Subnet } from '../model/subnet.ts';
import { Store } from '#kernel/db/store.ts';

/** One store for each table of objects. */
export const networkStore = new Store<Network>({
  table: 'network_network',
  flags: ['adminStateUp', 'shared', 'external', 'isDefault', 'portSecurityEnabled'],
  json: ['tags'],
});

export const subnetStore = new Store<Subnet>({
  table: 'network_subnet',
  flags: ['enableDhcp'],
  json: ['tags', 'allocationPools', 'dnsNameservers', 'hostRoutes'],
});

export const portRecordStore = new Store<PortRecord>({
  table: 'network_port',
  flags: ['adminStateUp', 'primary', 'preserved', 'portSecurityEnabled'],
  json: ['tags', 'allowedAddressPairs', 'extraDhcpOpts', 'profile'],
});

export const groupStore = new Store<SecurityGroup>({
  table: 'network_group',
  flags: ['stateful'],
  json: ['tags'],
});

export const ruleStore = new Store<SecurityGroupRule>({ table: 'network_rule', json: ['tags'] });

export const routerStore = new Store<Router>({
  table: 'network_router',
  flags: ['adminStateUp', 'enableSnat'],
  json: ['tags', 'routes'],
});

export const floatingIpStore = new Store<FloatingIp>({ table: 'network_floating_ip', json: ['tags'] });
