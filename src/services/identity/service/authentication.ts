import { isoTime } from '#kernel/clock.ts';
import { begunRules, mfaRules, satisfies } from '../model/mfa.ts';
import type { Project } from '../model/project.ts';
import type { User } from '../model/user.ts';
import type { AuthRequest } from '../schema/auth.ts';
import { projectStore } from '../store/projects.ts';
import { userStore } from '../store/users.ts';
import type { AuthMethod, Keyring, TokenPayload, TokenScope } from '../tokens/codec.ts';
import { decodeReceipt, encodeReceipt, type Receipt } from '../tokens/receipt.ts';
import { effectiveRoles } from './access.ts';
import { authMethods, refused, type AuthMethodDeps, type Proof, type Verifier } from './auth-methods.ts';
import { Delegations, type DelegatedClaims } from './delegations.ts';
import { handleOf } from './deps.ts';
import type { OauthTokenService, SignedCall } from './oauth-tokens.ts';
import { findDomain, findProject } from './references.ts';
import type { Revocations } from './revocations.ts';
import type { ValidToken } from './tokens.ts';

export interface AuthenticationDeps extends AuthMethodDeps {
  readonly keys: Keyring;
  readonly revocations: Revocations;
  readonly oauth: OauthTokenService;
}

interface Circumstances {
  readonly receipt?: string | undefined;
  readonly call: SignedCall;
}

/** A token; or a receipt for the methods that were proved, when the user's rules ask for more. */
export type Outcome =
  | { readonly token: string; readonly valid: ValidToken }
  | { readonly receipt: string; readonly partial: PartialProof };

export interface PartialProof extends Receipt {
  readonly user: User;
  readonly userDomain: Project;
  /** Sets of methods, any one of which is enough. */
  readonly required: readonly (readonly string[])[];
}

const RECEIPT_MS = 300_000;
const DAY_MS = 86_400_000;

/** Turns proofs of who somebody is into a token. */
export class AuthenticationService {
  readonly #deps: AuthenticationDeps;
  readonly #methods: ReadonlyMap<string, Verifier>;

  constructor(deps: AuthenticationDeps) {
    this.#deps = deps;
    this.#methods = authMethods(deps);
  }

  /** What comes with it: the receipt of an earlier call that proved a part, and what may be signed. */
  async authenticate({ identity, scope }: AuthRequest, { receipt, call }: Circumstances): Promise<Outcome> {
    if (identity.methods.includes('oauth1')) return this.#byOauth(identity, call);
    const proofs = receipt === undefined ? [] : [this.#byReceipt(receipt)];
    for (const method of identity.methods) proofs.push(await this.#prove(method, identity));
    const [proof] = proofs;
    if (!proof || proofs.some((other) => other.userId !== proof.userId)) throw refused();
    const methods = [...new Set(proofs.flatMap((one) => one.methods))];
    const user = await userStore.find(this.#db, proof.userId);
    if (!user) throw refused();
    if (!satisfies(mfaRules(user), methods)) return this.#askForMore(user, methods);
    return this.#issue(user, proofs, { methods, scope });
  }

  async #issue(
    user: User,
    proofs: readonly Proof[],
    { methods, scope }: { readonly methods: readonly AuthMethod[]; readonly scope: AuthRequest['scope'] },
  ): Promise<Outcome> {
    const parent = proofs.find((one) => one.parent)?.parent;
    const credential = proofs.find((one) => one.appCredential)?.appCredential;
    if (credential && scope !== undefined) throw refused();
    const trusted = await this.#byTrust(user.id, scope);
    const token = this.#deps.tokens.issue({
      userId: user.id,
      methods,
      scope: credential
        ? { kind: 'project', id: credential.projectId }
        : (trusted?.scope ?? (await this.#scope(user.id, scope, parent))),
      ...(parent ? { parent } : {}),
      ...(credential ? { appCredentialId: credential.id } : {}),
      ...trusted,
    });
    const valid = await this.#deps.tokens.validate(token);
    if (!valid) throw refused();
    await this.#noteActivity(user);
    return { token, valid };
  }

  /** An access token stands alone, and brings its scope with it. */
  async #byOauth({ methods }: AuthRequest['identity'], call: SignedCall) {
    if (methods.length > 1) throw refused();
    const { id, userId, projectId } = await this.#deps.oauth.verifyAccess(call);
    const token = this.#deps.tokens.issue({
      userId: userId ?? '',
      methods: ['oauth1'],
      scope: { kind: 'project', id: projectId },
      delegation: { kind: 'oauth1', id },
    });
    const valid = await this.#deps.tokens.validate(token);
    if (!valid) throw refused();
    return { token, valid };
  }

  /** The trust that the scope names, entered. */
  async #byTrust(userId: string, scope: AuthRequest['scope']): Promise<DelegatedClaims | undefined> {
    const id = typeof scope === 'object' ? scope['OS-TRUST:trust']?.id : undefined;
    return id === undefined ? undefined : new Delegations(this.#deps).enterTrust(userId, id);
  }

  #prove(method: string, identity: AuthRequest['identity']): Promise<Proof> {
    const verify = this.#methods.get(method);
    if (!verify) throw refused();
    return verify(identity);
  }

  #byReceipt(text: string): Proof {
    const receipt = decodeReceipt(this.#deps.keys, text);
    if (!receipt || receipt.expiresAt <= this.#deps.clock.now().getTime()) throw refused();
    const { userId, issuedAt, methods } = receipt;
    if (this.#deps.revocations.covers(issuedAt, [['user', userId]])) throw refused();
    return { userId, methods };
  }

  async #askForMore(user: User, methods: readonly AuthMethod[]): Promise<Outcome> {
    const required = begunRules(mfaRules(user), methods);
    const userDomain = await projectStore.find(this.#db, user.domainId);
    if (required.length === 0 || !userDomain?.enabled) throw refused();
    const issuedAt = this.#deps.clock.now().getTime();
    const receipt = { userId: user.id, methods, issuedAt, expiresAt: issuedAt + RECEIPT_MS };
    return {
      receipt: encodeReceipt(this.#deps.keys, receipt),
      partial: { ...receipt, user, userDomain, required },
    };
  }

  /** To the day, and only where a rule asks: a login costs no write. */
  async #noteActivity(user: User): Promise<void> {
    if (this.#deps.rules.disableInactiveDays === undefined) return;
    const now = this.#deps.clock.now();
    if (user.activeAt !== null && now.getTime() - Date.parse(user.activeAt) < DAY_MS) return;
    await userStore.touch(this.#db, user.id, isoTime(now));
  }

  /** The scope asked for, or the default project of a user who has a role in it. */
  async #scope(
    userId: string,
    asked: AuthRequest['scope'],
    parent: TokenPayload | undefined,
  ): Promise<TokenScope> {
    if (asked === 'unscoped' || (asked && 'unscoped' in asked)) return { kind: 'unscoped' };
    if (asked === undefined) return parent ? { kind: 'unscoped' } : this.#defaultScope(userId);
    if (asked.system) return { kind: 'system' };
    if (asked.domain) return { kind: 'domain', id: (await findDomain(this.#db, asked.domain))?.id ?? '' };
    if (asked.project) return { kind: 'project', id: (await findProject(this.#db, asked.project))?.id ?? '' };
    throw refused();
  }

  async #defaultScope(userId: string): Promise<TokenScope> {
    const id = (await userStore.find(this.#db, userId))?.defaultProjectId;
    const project = id ? await projectStore.find(this.#db, id) : undefined;
    if (!id || !project?.enabled) return { kind: 'unscoped' };
    const scope = { kind: 'project', id } as const;
    return (await effectiveRoles(this.#db, userId, scope)).length > 0 ? scope : { kind: 'unscoped' };
  }

  get #db() {
    return handleOf(this.#deps);
  }
}
