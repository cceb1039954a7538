export const storage = {
  'volume.size': 'Size (GiB)',
  'volume.type': 'Type',
  'volume.usedBy': 'Attached to',
  'copy.volume': 'Volume',
  'backup.restore': 'Restore',
  'volume.ofImage': 'Of an image',
  'volume.ofSnapshot': 'Of a snapshot',
  'volume.extend': 'Extend',
  'volume.retype': 'Change type',
  'volume.upload': 'To an image',
  'volume.bootable': 'Bootable',
  'volume.encrypted': 'Encrypted',
} as const;
