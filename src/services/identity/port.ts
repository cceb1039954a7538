import type { Authenticator } from '#kernel/http/auth.ts';

/** What other services may ask of identity: who is behind a token, and how much a project may have. */
export interface IdentityPort extends Authenticator {
  /**
   * The limits that were set in identity for a service: a project's own, else the registered default. Resources that nobody
   * set are absent: the service's own default holds. From memory; a change counts at once.
   * @param service its official catalogue type
   */
  limits(service: string, projectId: string): Promise<Readonly<Record<string, number>>>;
}
