import { barbicanTypes } from './barbican/types.ts';
import { cinderTypes } from './cinder/types.ts';
import { dockerContainer } from './docker/container.ts';
import { DockerEngines } from './docker/daemon.ts';
import { webImage } from './glance/web-image.ts';
import { heatTypes } from './heat/types.ts';
import { keystoneTypes } from './keystone/types.ts';
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
  ...neutronTypes,
  ...cinderTypes,
  ...keystoneTypes,
  ...barbicanTypes,
  webImage,
  container,
  dockerContainer(new DockerEngines(dockerEndpoints)),
];
