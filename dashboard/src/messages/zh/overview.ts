import type { Translated } from '../messages.tsx';
import type { overview as en } from '../en/overview.ts';

export const overview: Translated<typeof en> = {
  'overview.firstSteps': '第一步',
  'overview.firstStepsText': '点三下即可运行第一个容器:它提供一个问候页面。',
  'overview.startHello': '启动第一个容器',
  'overview.capacity': '容量',
  'overview.failed': '最近的失败',
  'overview.allWell': '没有失败。',
  'overview.workloads': '工作负载',
  'overview.health': '健康状况',
  'overview.cloud': '云',
};
