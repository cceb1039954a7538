import type { Authenticator } from '#kernel/http/auth.ts';

/** What other services may ask of identity: who is behind a token. */
export type IdentityPort = Authenticator;
