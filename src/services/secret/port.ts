import type { Ctx } from '#kernel/context.ts';

/** What other services may ask of secrets. */
export interface SecretPort {
  /** The payload, for whoever may read it. @param refOrId URL or UUID. @throws CloudError `not-found`, `forbidden` */
  payload(ctx: Ctx, refOrId: string): Promise<SecretPayload>;
  /** Keeps a secret for the caller's project. Repeating it with the same `id` changes nothing. @returns its id */
  store(ctx: Ctx, secret: NewSecret): Promise<string>;
  /** Gone already is gone. @throws CloudError `forbidden` */
  remove(ctx: Ctx, id: string): Promise<void>;
}

export interface SecretPayload {
  readonly bytes: Uint8Array;
  readonly contentType: string;
}

export interface NewSecret {
  /** UUID, chosen by the caller. */
  readonly id: string;
  readonly name: string;
  readonly type: 'symmetric' | 'public' | 'private' | 'passphrase' | 'certificate' | 'opaque';
  readonly payload: SecretPayload;
}

/** A certificate authority for each owner: a project, a cluster. Its key never leaves. */
export interface AuthorityPort {
  /** Made at its first use. @param owner a project's or a cluster's id @returns its certificate, PEM */
  ensureAuthority(ctx: Ctx, owner: string): Promise<string>;
  /** A certificate by the owner's authority. @throws CloudError `bad-request` for names or a signing request that are none. */
  issue(ctx: Ctx, owner: string, request: CertificateRequest): Promise<IssuedCertificate>;
  /** Forgets an authority and its key; gone already is gone. What it issued stays valid until it ends. */
  removeAuthority(ctx: Ctx, owner: string): Promise<void>;
}

interface CertificateTerms {
  /** Default: both ends of TLS. */
  readonly usages?: readonly ('server' | 'client')[];
  /** Default a year; never longer than the authority's own. */
  readonly days?: number;
}

/** For a new key pair; for a public key that is there; or for whoever made a signing request. */
export type CertificateRequest = CertificateTerms &
  (
    | {
        readonly kind: 'new-key' | 'public-key';
        /** RFC 4514: `CN=kube-apiserver,O=system:masters`. */
        readonly subject: string;
        readonly dnsNames?: readonly string[];
        readonly ips?: readonly string[];
        /** PEM, of `public-key` alone. */
        readonly publicKey?: string;
      }
    | {
        readonly kind: 'signing-request';
        /** PKCS#10: PEM, or base64 of it. Its subject and names are taken as they are. */
        readonly signingRequest: string;
      }
  );

export interface IssuedCertificate {
  /** PEM. */
  readonly certificate: string;
  /** Of the authority, PEM. */
  readonly authority: string;
  /** Private, PEM: of `new-key` alone. */
  readonly key: string | null;
}
