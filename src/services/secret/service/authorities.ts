import { createPublicKey } from 'node:crypto';
import { isoTime } from '#kernel/clock.ts';
import type { Ctx } from '#kernel/context.ts';
import type { Db } from '#kernel/db/database.ts';
import { badRequest } from '#kernel/errors.ts';
import { lazily } from '#kernel/lazily.ts';
import type { Credentials } from '#pki/certificates.ts';
import type { AuthorityPort, CertificateRequest, IssuedCertificate } from '../port.ts';
import { authorityStore } from '../store/authorities.ts';
import type { AuthorityRow, SecretTables } from '../tables.ts';
import type { SecretDeps } from './deps.ts';

// The library of certificates costs 20 MB.
const certificates = lazily(() => import('#pki/certificates.ts'));
const signingRequests = lazily(() => import('#pki/signing-requests.ts'));

/** The authorities of projects and clusters; their keys are sealed by the vault under their owner's key. */
export class Authorities implements AuthorityPort {
  readonly #deps: Pick<SecretDeps, 'database' | 'vault' | 'clock'>;

  constructor(deps: Pick<SecretDeps, 'database' | 'vault' | 'clock'>) {
    this.#deps = deps;
  }

  async ensureAuthority(_ctx: Ctx, owner: string): Promise<string> {
    return (await this.#ensure(owner)).certificate;
  }

  async issue(_ctx: Ctx, owner: string, request: CertificateRequest): Promise<IssuedCertificate> {
    const row = await this.#ensure(owner);
    const key = await this.#deps.vault.open(owner, row.sealed_key, sealedFor(owner));
    const authority: Credentials = { certificate: row.certificate, key: key.toString() };
    return { ...(await issueBy(authority, request, this.#deps.clock.now())), authority: row.certificate };
  }

  removeAuthority(_ctx: Ctx, owner: string): Promise<void> {
    return authorityStore.delete(this.#db, owner);
  }

  async #ensure(owner: string): Promise<AuthorityRow> {
    const known = await authorityStore.find(this.#db, owner);
    if (known) return known;
    const now = this.#deps.clock.now();
    const { createAuthority } = await certificates();
    const { certificate, key } = await createAuthority({
      commonName: `authority of ${owner}`,
      notBefore: now,
    });
    const made: AuthorityRow = {
      owner,
      certificate,
      sealed_key: await this.#deps.vault.seal(owner, key, sealedFor(owner)),
      created_at: isoTime(now),
    };
    await authorityStore.insert(this.#db, made);
    return (await authorityStore.find(this.#db, owner)) ?? made;
  }

  get #db(): Db<SecretTables> {
    return this.#deps.database.handle<SecretTables>();
  }
}

const sealedFor = (owner: string): string => `authority/${owner}`;

async function issueBy(
  authority: Credentials,
  request: CertificateRequest,
  notBefore: Date,
): Promise<Omit<IssuedCertificate, 'authority'>> {
  if (request.kind === 'signing-request') {
    const { signRequest } = await signingRequests();
    const { signingRequest, ...terms } = request;
    return { certificate: await signRequest(authority, signingRequest, { ...terms, notBefore }), key: null };
  }
  const { certifyKey, issueCertificate } = await certificates();
  const leaf = { ...request, notBefore };
  if (request.kind === 'new-key') return issueCertificate(authority, leaf);
  return { certificate: await certifyKey(authority, leaf, publicKeyOf(request.publicKey)), key: null };
}

function publicKeyOf(pem = '') {
  try {
    return createPublicKey(pem);
  } catch (cause) {
    throw badRequest('The public key is not PEM.', { cause });
  }
}
