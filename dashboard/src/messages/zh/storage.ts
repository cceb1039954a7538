import type { Translated } from '../messages.tsx';
import type { storage as en } from '../en/storage.ts';

export const storage: Translated<typeof en> = {
  'volume.size': '大小(GiB)',
  'volume.type': '类型',
  'volume.usedBy': '挂载于',
  'copy.volume': '卷',
  'backup.restore': '恢复',
};
