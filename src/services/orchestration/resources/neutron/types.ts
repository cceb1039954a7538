import type { ResourceType } from '../resource-type.ts';
import { floatingIp, floatingIpAssociation, portForwarding } from './floating-ip.ts';
import { net, providerNet, subnet } from './network.ts';
import { port, trunk } from './port.ts';
import { extraRoute, extraRouteSet, router, routerGateway, routerInterface } from './router.ts';
import { securityGroup, securityGroupRule } from './security-group.ts';
import { qosPolicy, qosRules, quota, rbacPolicy } from './sharing.ts';
import { addressScope, subnetPool } from './subnet-pool.ts';

export const neutronTypes: readonly ResourceType[] = [
  net,
  providerNet,
  subnet,
  subnetPool,
  addressScope,
  port,
  trunk,
  router,
  routerInterface,
  routerGateway,
  extraRoute,
  extraRouteSet,
  floatingIp,
  floatingIpAssociation,
  portForwarding,
  securityGroup,
  securityGroupRule,
  qosPolicy,
  ...qosRules,
  rbacPolicy,
  quota,
];
