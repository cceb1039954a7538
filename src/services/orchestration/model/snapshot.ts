import type { Portrait } from './portrait.ts';
import type { Status } from './stack.ts';

/** What a stack was at a time. */
export interface Snapshot {
  readonly id: string;
  readonly stackId: string;
  readonly name: string;
  readonly status: Status;
  readonly statusReason: string;
  /** Null before it is made, and in lists. */
  readonly data: Portrait | null;
  readonly createdAt: string;
}
