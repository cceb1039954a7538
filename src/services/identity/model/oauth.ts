import { notFound, type CloudError } from '#kernel/errors.ts';

/** A program that asks users to let it act for them (OAuth 1.0a). */
export interface OauthConsumer {
  readonly id: string;
  readonly description: string;
  readonly secretSealed: string;
}

/** A consumer's request, which a user may authorise, or the access that came of it. */
export interface OauthToken {
  readonly id: string;
  readonly kind: 'request' | 'access';
  readonly consumerId: string;
  readonly projectId: string;
  readonly secretSealed: string;
  readonly roleIds: readonly string[];
  /** Who authorised it; null = nobody yet. */
  readonly userId: string | null;
  /** Proves to the consumer that its request was authorised. */
  readonly verifier: string | null;
  readonly expiresAt: string | null;
}

export const consumerNotFound = (id: string): CloudError => notFound(`Could not find consumer: ${id}.`);
export const oauthTokenNotFound = (id: string): CloudError => notFound(`Could not find token: ${id}.`);
