import type { ResourceAction } from './resource.ts';
import { newUuid } from '#kernel/ids.ts';
import type { Stack, StackAction, Status } from './stack.ts';

/** What happened to a resource, or to the stack itself, which has its own name as that of the resource. */
export interface StackEvent {
  readonly id: string;
  readonly place: number;
  readonly stackId: string;
  readonly resourceName: string;
  readonly resourceType: string;
  readonly physicalId: string | null;
  readonly action: ResourceAction | StackAction | 'SIGNAL';
  readonly status: Status;
  readonly statusReason: string;
  readonly at: string;
}

/** As many as are kept of a stack; older ones go. */
export const MAX_EVENTS = 1_000;

/** Of the stack itself. */
export const stackEvent = (stack: Stack, at: string): Omit<StackEvent, 'place'> => ({
  id: newUuid(),
  stackId: stack.id,
  resourceName: stack.name,
  resourceType: 'OS::Heat::Stack',
  physicalId: stack.id,
  action: stack.action,
  status: stack.status,
  statusReason: stack.statusReason,
  at,
});
