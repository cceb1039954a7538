import type { Policy } from '#kernel/policy/policy.ts';
import type { NodePort } from '#services/placement/port.ts';
import type { Reader } from './reader.ts';
import type { Segments } from './segments.ts';
import type { Unit } from './unit.ts';

/** What every use-case of this service works with. */
export interface UseCaseDeps {
  readonly unit: Unit;
  readonly reader: Reader;
  readonly policy: Policy;
  readonly nodes: NodePort;
  readonly segments: Segments;
}
