import type { Ctx } from '#kernel/context.ts';

/** What other services may ask of secrets. */
export interface SecretPort {
  /** The payload, for whoever may read it. @param refOrId URL or UUID. @throws CloudError `not-found`, `forbidden` */
  payload(ctx: Ctx, refOrId: string): Promise<SecretPayload>;
  /** Keeps a secret for the caller's project. Repeating it with the same `id` changes nothing. @returns its id */
  store(ctx: Ctx, secret: NewSecret): Promise<string>;
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
