import { conflict, notFound, type CloudError } from '#kernel/errors.ts';

export interface User {
  readonly id: string;
  readonly name: string;
  readonly domainId: string;
  readonly enabled: boolean;
  readonly defaultProjectId: string | null;
  readonly description: string | null;
  readonly email: string | null;
  readonly options: Readonly<Record<string, unknown>>;
  /** Attributes of the caller's own. */
  readonly extra: Readonly<Record<string, unknown>>;
  readonly passwordHash: string | null;
  readonly passwordChangedAt: string;
  /** ISO-8601; null = never. */
  readonly passwordExpiresAt: string | null;
  /** ISO-8601, to the day: the last token, or when an administrator enabled the user; null = not known. */
  readonly activeAt: string | null;
}

export interface Group {
  readonly id: string;
  readonly name: string;
  readonly domainId: string;
  readonly description: string;
}

export const userNotFound = (id: string): CloudError => notFound(`Could not find user: ${id}.`);
export const groupNotFound = (id: string): CloudError => notFound(`Could not find group: ${id}.`);
export const nameTaken = (noun: string, name: string): CloudError =>
  conflict(`Conflict occurred attempting to store ${noun} - Duplicate entry found with name ${name}.`);
