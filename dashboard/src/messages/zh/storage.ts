import type { Translated } from '../messages.tsx';
import type { storage as en } from '../en/storage.ts';

export const storage: Translated<typeof en> = {
  'volume.size': '大小(GiB)',
  'volume.type': '类型',
  'volume.usedBy': '挂载于',
  'copy.volume': '卷',
  'backup.restore': '恢复',
  'volume.ofImage': '源自镜像',
  'volume.ofSnapshot': '源自快照',
  'volume.extend': '扩容',
  'volume.retype': '更改类型',
  'volume.upload': '制作镜像',
  'volume.bootable': '可启动',
  'volume.encrypted': '已加密',
};
