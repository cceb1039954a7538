import { notFound, type CloudError } from '#kernel/errors.ts';

/** A password of a program: acts for one user in one project with some of the user's roles. */
export interface AppCredential {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly userId: string;
  readonly projectId: string;
  /** SHA-256 of the secret, hex: the secret is random, so a slow hash would only cost time. */
  readonly secretHash: string;
  readonly roleIds: readonly string[];
  /** ISO-8601 UTC with microseconds, as callers may give them. */
  readonly expiresAt: string | null;
  /** Whether its tokens may make further credentials. */
  readonly unrestricted: boolean;
  readonly accessRules: readonly AccessRule[] | null;
}

export interface AccessRule {
  readonly id: string;
  readonly service: string;
  readonly method: string;
  readonly path: string;
}

/** An access rule is its user's, and outlives the credential that it was made for. */
export interface OwnedAccessRule extends AccessRule {
  readonly userId: string;
}
/** `audit`: a token and those made from it; `user`, `project`, `domain`: all of theirs. */
export type RevocationKind = 'audit' | 'user' | 'project' | 'domain';

/** Tokens that no longer count. */
export interface Revocation {
  readonly id: string;
  readonly kind: RevocationKind;
  readonly value: string;
  readonly issuedBefore: string;
  readonly expiresAt: string;
}

export const accessRuleNotFound = (id: string): CloudError => notFound(`Could not find Access Rule: ${id}.`);
export const isExpired = (credential: AppCredential, now: Date): boolean =>
  credential.expiresAt !== null && new Date(credential.expiresAt) <= now;

export const appCredentialNotFound = (id: string): CloudError =>
  notFound(`Could not find Application Credential: ${id}.`);
