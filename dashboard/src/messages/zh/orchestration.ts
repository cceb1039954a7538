import type { Translated } from '../messages.tsx';
import type { orchestration as en } from '../en/orchestration.ts';

export const orchestration: Translated<typeof en> = {
  'stack.resources': '资源',
  'stack.events': '事件',
  'stack.type': '类型',
  'alarm.since': '自',
  'stack.template': '模板',
  'stack.graph': '图',
  'stack.outputs': '输出',
  'stack.value': '值',
  'stack.preview': '预览',
  'stack.next': '下一步',
  'stack.fromFile': '从文件读取',
  'stack.keepFailed': '失败时保留已创建的资源',
  'stack.suspend': '挂起',
  'stack.check': '检查',
  'stack.cancel': '撤回更改',
  'stack.stop': '就地停止更改',
  'stack.whyFailed': '失败原因:根因在前',
};
