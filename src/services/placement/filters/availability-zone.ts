import { zoneOf } from '../model/node.ts';
import type { Filter } from './filter.ts';

export const availabilityZoneFilter: Filter = {
  name: 'availability-zone',
  accepts: (node, { availabilityZone }) => availabilityZone === null || zoneOf(node) === availabilityZone,
};
