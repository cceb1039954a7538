export const storage = {
  'volume.sizeGib': '{size} GiB',
  'volume.size': 'Size (GiB)',
  'volume.type': 'Type',
  'volume.usedBy': 'Attached to',
  'volume.create': 'Create a volume',
} as const;
