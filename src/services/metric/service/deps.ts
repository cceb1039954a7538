import type { Clock } from '#kernel/clock.ts';
import type { Logger } from '#kernel/log.ts';
import type { Policy } from '#kernel/policy/policy.ts';
import type { NodePort } from '#services/placement/port.ts';
import type { WorkloadPort } from '../../container/port.ts';

export interface MetricDeps {
  readonly workloads: WorkloadPort;
  readonly nodes: Pick<NodePort, 'request'>;
  readonly policy: Policy;
  readonly clock: Clock;
  readonly log: Logger;
}
