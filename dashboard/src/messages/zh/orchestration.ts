import type { Translated } from '../messages.tsx';
import type { orchestration as en } from '../en/orchestration.ts';

export const orchestration: Translated<typeof en> = {
  'stack.resources': '资源',
  'stack.events': '事件',
  'stack.type': '类型',
  'alarm.since': '自',
};
