import type { Translated } from '../messages.tsx';
import type { orchestration as en } from '../en/orchestration.ts';

export const orchestration: Translated<typeof en> = {
  'stack.resources': '资源',
  'stack.events': '事件',
  'stack.outputs': '输出',
  'stack.template': '模板',
  'stack.type': '类型',
  'stack.noOutputs': '没有输出。',
  'alarm.since': '自',
};
