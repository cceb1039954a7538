export const storage = {
  'volume.size': 'Size (GiB)',
  'volume.type': 'Type',
  'volume.usedBy': 'Attached to',
  'copy.volume': 'Volume',
  'backup.restore': 'Restore',
} as const;
