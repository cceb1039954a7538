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
  'network.subnetRange': '子网地址段',
  'router.outside': '外部网络',
  'router.address': '外部地址',
  'router.connect': '连接',
  'router.disconnect': '断开',
  'floatingIp.leadsTo': '指向',
  'floatingIp.release': '解除关联',
  'securityGroup.rules': '规则',
  'securityGroup.direction': '方向',
  'securityGroup.in': '入站',
  'securityGroup.out': '出站',
  'securityGroup.protocol': '协议',
  'securityGroup.ports': '端口',
  'securityGroup.remote': '对端',
  'securityGroup.any': '任意',
  'securityGroup.add': '添加规则',
};
