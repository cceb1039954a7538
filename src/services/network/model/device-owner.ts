/** What ports are for, where they are the network's own. */
export const DHCP = 'network:dhcp';
export const ROUTER_INTERFACE = 'network:router_interface';
export const ROUTER_GATEWAY = 'network:router_gateway';
export const FLOATING_IP = 'network:floatingip';

const SERVICE_OWNERS: readonly string[] = [ROUTER_INTERFACE, ROUTER_GATEWAY, FLOATING_IP];

/** Ports that other objects own: users cannot delete them by themselves. */
export const isOfService = (deviceOwner: string): boolean => SERVICE_OWNERS.includes(deviceOwner);
