import { notFound, type CloudError } from '#kernel/errors.ts';

/** A policy that some service keeps here: text that identity does not read. */
export interface PolicyDocument {
  readonly id: string;
  /** Media type of the blob. */
  readonly type: string;
  readonly blob: string;
  /** Attributes of the caller's own. */
  readonly extra: Readonly<Record<string, unknown>>;
}

/** What a policy is for: an endpoint, a service, or a service in a region. '' where it does not say. */
export interface PolicyAssociation {
  readonly policyId: string;
  readonly serviceId: string;
  readonly regionId: string;
  readonly endpointId: string;
}

export const policyNotFound = (id: string): CloudError => notFound(`Could not find policy: ${id}.`);
