import type { CloudError } from '#kernel/errors.ts';
import { networkError, refused } from './errors.ts';
import type { Standard } from './standard.ts';

/** Several ports on one interface of a workload, told apart by their VLAN. */
export interface Trunk extends Standard {
  readonly portId: string;
  readonly status: 'ACTIVE' | 'DOWN' | 'BUILD' | 'DEGRADED' | 'ERROR';
  readonly adminStateUp: boolean;
}

export interface SubPort {
  readonly portId: string;
  readonly trunkId: string;
  readonly segmentationType: string;
  readonly segmentationId: number;
}

export const TRUNK_SUBPORT = 'trunk:subport';

export const trunkNotFound = (id: string): CloudError =>
  networkError('not-found', 'TrunkNotFound', `Trunk ${id} could not be found.`);
export const parentInUse = (portId: string): CloudError =>
  refused(
    'ParentPortInUse',
    `Port ${portId} is currently in use and is not eligible for use as a parent port.`,
  );
export const parentOfTrunk = (portId: string, trunkId: string): CloudError =>
  refused('PortInUseAsTrunkParent', `Port ${portId} is currently a parent port for trunk ${trunkId}.`);
export const subPortOfTrunk = (portId: string, trunkId: string): CloudError =>
  refused('PortInUseAsSubPort', `Port ${portId} is currently a subport for trunk ${trunkId}.`);
export const trunkDisabled = (id: string): CloudError =>
  refused('TrunkDisabled', `Trunk ${id} is currently disabled.`);
export const duplicateSubPort = (type: string, id: number, trunkId: string): CloudError =>
  refused(
    'DuplicateSubPort',
    `segmentation_type ${type} and segmentation_id ${id} already in use on trunk ${trunkId}.`,
  );
export const subPortNotFound = (trunkId: string, portId: string): CloudError =>
  networkError(
    'not-found',
    'SubPortNotFound',
    `SubPort on trunk ${trunkId} with parent port ${portId} could not be found.`,
  );
