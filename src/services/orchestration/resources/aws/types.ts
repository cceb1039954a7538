import { awsScalingPolicy } from '../groups/scaling-policy.ts';
import type { ResourceType } from '../resource-type.ts';
import { elasticIp, elasticIpAssociation } from './elastic-ip.ts';
import { internetGateway, vpcGatewayAttachment } from './gateway.ts';
import { iamAccessKey, iamUser } from './iam.ts';
import { networkInterface, securityGroup } from './interface.ts';
import { launchConfiguration } from './launch-configuration.ts';
import { awsAutoScalingGroup, instanceGroup } from './scaled-group.ts';
import { volume } from './volume.ts';
import { routeTable, subnet, subnetRouteTableAssociation, vpc } from './vpc.ts';

/** What old templates say, in the words of CFN, of things that other types are about too. */
export const awsTypes: readonly ResourceType[] = [
  vpc,
  subnet,
  routeTable,
  subnetRouteTableAssociation,
  internetGateway,
  vpcGatewayAttachment,
  networkInterface,
  securityGroup,
  elasticIp,
  elasticIpAssociation,
  volume,
  launchConfiguration,
  awsAutoScalingGroup,
  instanceGroup,
  awsScalingPolicy,
  iamUser,
  iamAccessKey,
];
