import { isoTime } from '#kernel/clock.ts';
import { newHexId } from '#kernel/ids.ts';
import type { Revocation, RevocationKind } from '../model/credential.ts';
import { revocationStore } from '../store/credentials.ts';
import { tellOthers } from './changes.ts';
import { handleOf, inTransaction, type IdentityDeps } from './deps.ts';

export interface RevocationsDeps extends Omit<IdentityDeps, 'identityChanged'> {
  /** Milliseconds for which a token is of any use to anybody. */
  readonly usefulFor: number;
}

/** What a token stands on: its audit ids, its user, its project, its domains. */
export type Grounds = readonly (readonly [RevocationKind, string])[];

/** Which tokens no longer count: in the database for good, and all of it in memory. */
export class Revocations {
  readonly #deps: RevocationsDeps;
  /** By kind and value: tokens issued until then. */
  #until: ReadonlyMap<string, string> = new Map();

  constructor(deps: RevocationsDeps) {
    this.#deps = deps;
  }

  /** Reads them all. */
  async load(): Promise<void> {
    const live = await revocationStore.listLive(handleOf(this.#deps), isoTime(this.#deps.clock.now()));
    this.#until = latest(live);
  }

  /** Forgets those that no living token can meet. */
  prune(): Promise<void> {
    return revocationStore.prune(handleOf(this.#deps), isoTime(this.#deps.clock.now()));
  }

  /** Those that a living token may meet, which came after `since`; the youngest first. */
  async list(since = ''): Promise<readonly Revocation[]> {
    const live = await revocationStore.listLive(handleOf(this.#deps), isoTime(this.#deps.clock.now()));
    return live
      .filter(({ issuedBefore }) => issuedBefore > since)
      .toSorted((a, b) => (a.issuedBefore < b.issuedBefore ? 1 : -1));
  }

  covers(issuedAt: number, grounds: Grounds): boolean {
    const issued = isoTime(new Date(issuedAt));
    return grounds.some(([kind, value]) => issued <= (this.#until.get(`${kind}/${value}`) ?? ''));
  }

  /** Ends what was issued until now; heard by the other processes as soon as it counts. */
  async add(kind: RevocationKind, value: string): Promise<void> {
    const now = this.#deps.clock.now();
    const expiresAt = isoTime(new Date(now.getTime() + this.#deps.usefulFor));
    const revocation = { id: newHexId(), kind, value, issuedBefore: isoTime(now), expiresAt };
    await inTransaction(this.#deps, async (tx) => {
      await revocationStore.insert(tx, revocation);
      await tellOthers(this.#deps.database, tx);
    });
    this.#until = new Map([...this.#until, [`${kind}/${value}`, revocation.issuedBefore]]);
  }
}

function latest(revocations: readonly Revocation[]): Map<string, string> {
  const until = new Map<string, string>();
  for (const { kind, value, issuedBefore } of revocations) {
    const key = `${kind}/${value}`;
    if (issuedBefore > (until.get(key) ?? '')) until.set(key, issuedBefore);
  }
  return until;
}
