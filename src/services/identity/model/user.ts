import { conflict, forbidden, notFound, type CloudError } from '#kernel/errors.ts';

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

export function assertPasswordUnlocked(user: User): void {
  if (user.options['lock_password'] === true) throw forbidden('Password changes are locked for this user.');
}
