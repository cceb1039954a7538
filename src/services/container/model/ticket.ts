import { createHash, randomBytes } from 'node:crypto';
import type { Actor } from '#kernel/context.ts';

export interface TicketCommand {
  readonly id: string;
  readonly command: readonly string[];
  /** Whether it has a terminal. */
  readonly tty: boolean;
}

/** Lets one person open one console of one container, once, and soon. */
export interface Ticket {
  readonly containerId: string;
  readonly projectId: string;
  readonly user: Actor;
  /** The command it is for; null = the container itself. */
  readonly exec: TicketCommand | null;
  /** ISO-8601. */
  readonly expiresAt: string;
}

export const newTicketText = (): string => randomBytes(32).toString('base64url');

/** 64 hexadecimal digits, as Docker's are. */
export const newExecId = (): string => randomBytes(32).toString('hex');

/** All that is kept of a ticket's text. */
export const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');
