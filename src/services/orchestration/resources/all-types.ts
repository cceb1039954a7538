import { aodhTypes } from './aodh/alarm.ts';
import { awsTypes } from './aws/types.ts';
import { barbicanTypes } from './barbican/types.ts';
import { cinderTypes } from './cinder/types.ts';
import { dockerContainer } from './docker/container.ts';
import { DockerEngines } from './docker/daemon.ts';
import { webImage } from './glance/web-image.ts';
import { autoScalingGroup } from './groups/auto-scaling-group.ts';
import { resourceChain } from './groups/resource-chain.ts';
import { resourceGroup } from './groups/resource-group.ts';
import { scalingPolicy } from './groups/scaling-policy.ts';
import { heatTypes } from './heat/types.ts';
import { keystoneTypes } from './keystone/types.ts';
import { cfnStack } from './nested/cfn-stack.ts';
import { neutronTypes } from './neutron/types.ts';
import type { ResourceType } from './resource-type.ts';
import { container } from './zun/container.ts';

export interface TypeSettings {
  /** Docker Engines of control's own machine that templates may name, as they write them. */
  readonly dockerEndpoints: readonly string[];
}

/** All that stacks can be made of. */
export const allTypes = ({ dockerEndpoints }: TypeSettings): readonly ResourceType[] => [
  ...heatTypes,
  cfnStack,
  resourceGroup,
  resourceChain,
  autoScalingGroup,
  scalingPolicy,
  ...neutronTypes,
  ...cinderTypes,
  ...keystoneTypes,
  ...barbicanTypes,
  ...aodhTypes,
  ...awsTypes,
  webImage,
  container,
  dockerContainer(new DockerEngines(dockerEndpoints)),
];
