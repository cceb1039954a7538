export const storage = {
  'volume.sizeGib': '{size} GiB',
  'volume.size': 'Size (GiB)',
  'volume.type': 'Type',
  'volume.usedBy': 'Attached to',
  'volume.create': 'Create a volume',
  'snapshot.volume': 'Volume',
  'backup.volume': 'Volume',
  'backup.restore': 'Restore',
  'volume.snapshot': 'Snapshot',
  'volume.backup': 'Back up',
} as const;
