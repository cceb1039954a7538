import type { IdentityPort } from '#services/identity/port.ts';

/** What identity says that projects may have of this service, by resource. */
export type IdentityLimits = Readonly<Record<string, number>>;

/** Thrown inside a transaction, which must not wait for identity: the unit asks outside, and starts over. */
export class LimitsUnknown extends Error {
  readonly projectId: string;

  constructor(projectId: string) {
    super(`The limits of the project ${projectId} were not asked for yet.`);
    this.projectId = projectId;
  }
}

/** Identity's limits of the projects that one unit of work is about. */
export class KnownLimits {
  readonly #identity: Pick<IdentityPort, 'limits'>;
  readonly #known = new Map<string, IdentityLimits>();

  constructor(identity: Pick<IdentityPort, 'limits'>) {
    this.#identity = identity;
  }

  async ask(projectId: string): Promise<void> {
    this.#known.set(projectId, await this.#identity.limits('network', projectId));
  }

  /** @throws LimitsUnknown */
  of(projectId: string): IdentityLimits {
    const limits = this.#known.get(projectId);
    if (!limits) throw new LimitsUnknown(projectId);
    return limits;
  }
}
