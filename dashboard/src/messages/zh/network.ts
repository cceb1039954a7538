import type { Translated } from '../messages.tsx';
import type { network as en } from '../en/network.ts';

export const network: Translated<typeof en> = {
  'network.subnets': '子网',
  'network.ports': '端口',
  'network.cidr': '地址段',
  'network.gateway': '网关',
  'network.usedBy': '使用者',
  'network.external': '外部',
  'network.shared': '共享',
  'network.create': '创建网络',
  'network.subnetRange': '子网地址段',
};
