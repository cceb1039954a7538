import type { Stack } from '../model/stack.ts';

/** What is needed to say where a stack is. */
export type StackPlace = Pick<Stack, 'id' | 'name' | 'projectId'>;

export interface Link {
  readonly href: string;
  readonly rel: string;
}

/** The address of a stack, whole; `base` is that of the service. */
export const stackUrl = (base: string, { id, name, projectId }: StackPlace): string =>
  `${base}/v1/${projectId}/stacks/${encodeURIComponent(name)}/${id}`;

export const link = (href: string, rel = 'self'): Link => ({ href, rel });

export const resourceUrl = (base: string, stack: StackPlace, name: string): string =>
  `${stackUrl(base, stack)}/resources/${encodeURIComponent(name)}`;
