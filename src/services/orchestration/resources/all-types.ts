import { aodhTypes } from './aodh/alarm.ts';
import { barbicanTypes } from './barbican/types.ts';
import { cinderTypes } from './cinder/types.ts';
import { dockerContainer } from './docker/container.ts';
import { webImage } from './glance/web-image.ts';
import { heatTypes } from './heat/types.ts';
import { keystoneTypes } from './keystone/types.ts';
import { neutronTypes } from './neutron/types.ts';
import type { ResourceType } from './resource-type.ts';
import { container } from './zun/container.ts';

/** All that stacks can be made of. */
export const allTypes: readonly ResourceType[] = [
  ...heatTypes,
  ...neutronTypes,
  ...cinderTypes,
  ...keystoneTypes,
  ...barbicanTypes,
  ...aodhTypes,
  webImage,
  container,
  dockerContainer,
];
