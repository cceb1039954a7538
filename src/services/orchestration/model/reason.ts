import type { Status } from './stack.ts';

/** `Stack CREATE completed successfully`: words that people and scripts know. */
export function stackReason(action: string, status: Status): string {
  if (status === 'IN_PROGRESS') return `Stack ${action} started`;
  return status === 'COMPLETE' ? `Stack ${action} completed successfully` : `Stack ${action} failed`;
}

export const RESOURCE_REASON = 'state changed';
