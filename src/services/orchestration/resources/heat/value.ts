import type { Json } from '../../template/json.ts';
import type { ResourceType } from '../resource-type.ts';

/** A value under a name, for other resources to ask for. */
export const value: ResourceType = {
  name: 'OS::Heat::Value',
  description: 'A resource which exposes its value property as an attribute.',
  properties: {
    value: { type: 'any', required: true, updateAllowed: true, description: 'The value to expose.' },
    type: {
      type: 'string',
      updateAllowed: true,
      description: 'The type of the value.',
      constraints: [{ allowed_values: ['string', 'number', 'comma_delimited_list', 'json', 'boolean'] }],
    },
  },
  attributes: { value: { description: 'The value.' } },
  create: async ({ resource }) => resource.physicalName,
  async update() {
    // the row has the new one
  },
  async remove() {
    // nothing is kept but the row
  },
  attribute: async ({ properties }, [name]): Promise<Json> =>
    name === 'value' ? (properties['value'] ?? null) : null,
};
