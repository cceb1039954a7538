export const network = {
  'network.subnets': 'Subnets',
  'network.ports': 'Ports',
  'network.cidr': 'Range',
  'network.gateway': 'Gateway',
  'network.usedBy': 'Used by',
  'network.external': 'External',
  'network.shared': 'Shared',
  'network.create': 'Create a network',
  'network.subnetRange': 'Range of its subnet',
} as const;
