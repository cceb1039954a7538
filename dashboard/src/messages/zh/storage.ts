import type { Translated } from '../messages.tsx';
import type { storage as en } from '../en/storage.ts';

export const storage: Translated<typeof en> = {
  'volume.sizeGib': '{size} GiB',
  'volume.size': '大小(GiB)',
  'volume.type': '类型',
  'volume.usedBy': '挂载于',
  'volume.create': '创建卷',
  'snapshot.volume': '卷',
  'backup.volume': '卷',
  'backup.restore': '恢复',
  'volume.snapshot': '创建快照',
  'volume.backup': '备份',
};
