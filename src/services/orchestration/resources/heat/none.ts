import type { ResourceType } from '../resource-type.ts';

/** Stands for whatever an environment turns off: takes any property, has any attribute, is nothing. */
export const none: ResourceType = {
  name: 'OS::Heat::None',
  description: 'Enables easily disabling certain resources via the resource_registry.',
  properties: {},
  attributes: {},
  takesAll: true,
  create: async ({ resource }) => resource.physicalName,
  async update() {
    // there is nothing to bring in line
  },
  async remove() {
    // there is nothing
  },
  attribute: async () => null,
};
