interface Extension {
  readonly alias: string;
  readonly name: string;
  readonly description: string;
}

/** What there is beyond the core, by upstream's aliases. */
export const EXTENSIONS: readonly Extension[] = [
  { alias: 'backups', name: 'Backups', description: 'Backups of volumes.' },
  { alias: 'capabilities', name: 'Capabilities', description: 'What backends can.' },
  { alias: 'os-admin-actions', name: 'AdminActions', description: 'Actions of administrators.' },
  { alias: 'os-availability-zone', name: 'AvailabilityZones', description: 'Availability zones.' },
  {
    alias: 'os-extended-services',
    name: 'ExtendedServices',
    description: 'Reasons why services are disabled.',
  },
  {
    alias: 'os-extended-snapshot-attributes',
    name: 'ExtendedSnapshotAttributes',
    description: 'Project and progress of snapshots.',
  },
  { alias: 'os-hosts', name: 'Hosts', description: 'Hosts of services, and what they keep.' },
  { alias: 'os-quota-class-sets', name: 'QuotaClasses', description: 'Quotas of classes.' },
  { alias: 'os-quota-sets', name: 'Quotas', description: 'Quotas of projects.' },
  { alias: 'os-services', name: 'Services', description: 'Services, enabled and disabled.' },
  { alias: 'os-snapshot-actions', name: 'SnapshotActions', description: 'Actions on snapshots.' },
  { alias: 'os-types-extra-specs', name: 'TypesExtraSpecs', description: 'Extra specs of volume types.' },
  { alias: 'os-types-manage', name: 'TypesManage', description: 'Changing of volume types.' },
  { alias: 'os-used-limits', name: 'UsedLimits', description: 'What is used of limits.' },
  { alias: 'os-vol-host-attr', name: 'VolumeHostAttribute', description: 'The host of a volume.' },
  {
    alias: 'os-vol-image-meta',
    name: 'VolumeImageMetadata',
    description: 'What the image said of a volume.',
  },
  {
    alias: 'os-vol-mig-status-attr',
    name: 'VolumeMigStatusAttribute',
    description: 'How far a volume has moved.',
  },
  { alias: 'os-vol-tenant-attr', name: 'VolumeTenantAttribute', description: 'The project of a volume.' },
  { alias: 'os-volume-actions', name: 'VolumeActions', description: 'Actions on volumes.' },
  { alias: 'os-volume-transfer', name: 'VolumeTransfer', description: 'Volumes that are offered.' },
  { alias: 'os-volume-type-access', name: 'VolumeTypeAccess', description: 'Private volume types.' },
  { alias: 'os-volume-type-encryption', name: 'VolumeTypeEncryption', description: 'Encryption of types.' },
  { alias: 'qos-specs', name: 'Qos_specs_manage', description: 'Promises of speed.' },
  { alias: 'scheduler-stats', name: 'Scheduler_stats', description: 'Pools, and what is left in them.' },
];

/** What lists can be filtered by, besides paging and sorting. */
export const RESOURCE_FILTERS: Readonly<Record<string, readonly string[]>> = {
  volume: [
    'name',
    'name~',
    'status',
    'metadata',
    'bootable',
    'migration_status',
    'availability_zone',
    'group_id',
    'volume_type_id',
    'host',
  ],
  backup: ['name', 'name~', 'status', 'volume_id'],
  snapshot: ['name', 'name~', 'status', 'volume_id', 'metadata'],
  group: ['name', 'name~', 'status'],
  group_snapshot: ['name', 'name~', 'status', 'group_id'],
  attachment: ['volume_id', 'status', 'instance_id'],
  message: ['resource_uuid', 'resource_type', 'event_id', 'request_id', 'message_level'],
  pool: ['name', 'volume_type'],
};
