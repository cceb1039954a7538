import { createHash } from 'node:crypto';
import type { Clock } from '#kernel/clock.ts';
import type { Actor } from '#kernel/context.ts';
import { CloudError } from '#kernel/errors.ts';
import type { AccessRule } from '#kernel/http/access-rules.ts';
import type { Leniency, Principal } from '#kernel/http/auth.ts';
import type { OpenStackSession } from '#src/openstack/session.ts';
import type { IdentityPort } from './port.ts';

export interface RemoteIdentityPortDeps {
  /** As a user who may validate tokens: with the role `admin` or `service`. */
  readonly session: OpenStackSession;
  readonly clock: Clock;
}

interface Remembered {
  readonly principal: Promise<Principal | undefined>;
  /** Milliseconds of the epoch. */
  readonly until: number;
}

/** For so long a token that was revoked may still count. */
const MEMORY_MS = 60_000;
const MOST = 10_000;

/** Tokens by any Keystone, which is asked once a minute for each. A token is remembered by its hash alone. */
export class RemoteIdentityPort implements IdentityPort {
  readonly #deps: RemoteIdentityPortDeps;
  readonly #memory = new Map<string, Remembered>();

  constructor(deps: RemoteIdentityPortDeps) {
    this.#deps = deps;
  }

  /** @throws CloudError `unavailable` when Keystone does not answer: then nobody knows. */
  async authenticate(token: string, { allowExpired = false }: Leniency = {}): Promise<Principal | undefined> {
    if (!/^[\x21-\x7e]{1,8192}$/.test(token)) return undefined;
    const key = `${allowExpired}${createHash('sha256').update(token).digest('base64')}`;
    const now = this.#deps.clock.now().getTime();
    const known = this.#memory.get(key);
    if (known && known.until > now) return known.principal;
    const principal = this.#ask(token, allowExpired);
    this.#remember(key, { principal: principal.then((asked) => asked?.principal), until: now + MEMORY_MS });
    try {
      const asked = await principal;
      if (asked && !allowExpired && asked.expiresAt < now + MEMORY_MS)
        this.#remember(key, { principal: Promise.resolve(asked.principal), until: asked.expiresAt });
      return asked?.principal;
    } catch (thrown) {
      this.#memory.delete(key);
      throw thrown;
    }
  }

  /** Unified limits stay with that Keystone: the defaults of our services hold. */
  async limits(): Promise<Readonly<Record<string, number>>> {
    return {};
  }

  /** The oldest goes first. */
  #remember(key: string, remembered: Remembered): void {
    remembered.principal.catch(() => undefined); // whoever asked hears of it
    this.#memory.delete(key);
    this.#memory.set(key, remembered);
    const [oldest] = this.#memory.keys();
    if (this.#memory.size > MOST && oldest !== undefined) this.#memory.delete(oldest);
  }

  async #ask(token: string, allowExpired: boolean): Promise<Asked | undefined> {
    const path = `/auth/tokens?nocatalog=1${allowExpired ? '&allow_expired=1' : ''}`;
    // Without the second, Keystone knows no token that has access rules.
    const headers = { 'x-subject-token': token, 'openstack-identity-access-rules': '1.0' };
    try {
      return asked((await this.#deps.session.call('GET', 'identity', path, { headers })) as TokenBody);
    } catch (thrown) {
      if (thrown instanceof CloudError && thrown.kind === 'not-found') return undefined;
      if (thrown instanceof CloudError && (thrown.kind === 'unauthenticated' || thrown.kind === 'forbidden'))
        throw new CloudError('unavailable', 'Keystone does not let us validate tokens.', { cause: thrown });
      throw thrown;
    }
  }
}

interface Asked {
  readonly principal: Principal;
  readonly expiresAt: number;
}

interface TokenBody {
  readonly token: {
    readonly expires_at: string;
    readonly user: Actor;
    readonly project?: Actor;
    readonly domain?: Actor['domain'];
    readonly system?: { readonly all?: boolean };
    readonly roles?: readonly { readonly name: string }[];
    readonly application_credential?: { readonly access_rules?: readonly AccessRule[] };
  };
}

function asked({ token }: TokenBody): Asked {
  const rules = token.application_credential?.access_rules;
  return {
    expiresAt: Date.parse(token.expires_at),
    principal: {
      user: actorOf(token.user),
      project: token.project ? actorOf(token.project) : null,
      domainScope: token.domain ?? null,
      systemScope: token.system?.all === true,
      roles: (token.roles ?? []).map(({ name }) => name),
      ...(rules ? { accessRules: rules } : {}),
    },
  };
}

const actorOf = ({ id, name, domain }: Actor): Actor => ({
  id,
  name,
  domain: { id: domain.id, name: domain.name },
});
