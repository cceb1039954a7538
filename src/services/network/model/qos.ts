import type { CloudError } from '#kernel/errors.ts';
import { networkError, refused } from './errors.ts';
import type { Standard } from './standard.ts';

export interface QosPolicy extends Standard {
  /** Whether new networks of its project get it. */
  readonly isDefault: boolean;
}

/** The one type of rule that is enforced. */
export const BANDWIDTH_LIMIT = 'bandwidth_limit';

export interface QosRule extends Standard {
  readonly policyId: string;
  readonly maxKbps: number;
  /** 0 = chosen by the driver. */
  readonly maxBurstKbps: number;
  /** As seen by the workload: egress is what it sends. */
  readonly direction: 'ingress' | 'egress';
}

export const qosPolicyNotFound = (id: string): CloudError =>
  networkError('not-found', 'QosPolicyNotFound', `QoS policy ${id} could not be found.`);
export const qosRuleNotFound = (policyId: string, id: string): CloudError =>
  networkError('not-found', 'QosRuleNotFound', `QoS rule ${id} for policy ${policyId} could not be found.`);
export const qosRuleExists = (policyId: string, direction: string): CloudError =>
  refused(
    'QoSRulesConflict',
    `Rule ${BANDWIDTH_LIMIT} conflicts with rule ${BANDWIDTH_LIMIT} of direction ${direction} which already exists in QoS Policy ${policyId}.`,
  );
export const qosPolicyInUse = (id: string, by: string): CloudError =>
  refused('QosPolicyInUse', `QoS Policy ${id} is used by ${by}.`);
export const qosDefaultExists = (projectId: string): CloudError =>
  refused('QoSPolicyDefaultAlreadyExists', `A default QoS policy exists for project ${projectId}.`);
