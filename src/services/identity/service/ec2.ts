import { CloudError } from '#kernel/errors.ts';
import { isFresh, isSignedBy, isTextSignedBy } from '../model/ec2-signature.ts';
import { parseEc2Keys, type Ec2Keys } from '../model/user-credential.ts';
import type { Ec2Signed, S3Signed } from '../schema/credential.ts';
import type { DelegationRef } from '../tokens/codec.ts';
import type { IdentityDeps } from './deps.ts';
import type { TokenService, ValidToken } from './tokens.ts';
import type { UserCredentialService } from './user-credentials.ts';

interface Ec2Deps extends Pick<IdentityDeps, 'clock'> {
  readonly credentials: UserCredentialService;
  readonly tokens: TokenService;
}

interface IssuedToken {
  readonly token: string;
  readonly valid: ValidToken;
}

const refused = () => new CloudError('unauthenticated', 'The request you have made requires authentication.');

/** Lets services that speak EC2's or S3's protocol turn a signature that they received into a token. */
export class Ec2Authentication {
  readonly #deps: Ec2Deps;

  constructor(deps: Ec2Deps) {
    this.#deps = deps;
  }

  ofRequest(signed: Ec2Signed): Promise<IssuedToken> {
    const request = {
      host: signed.host ?? '',
      verb: signed.verb ?? '',
      path: signed.path ?? '',
      params: asTexts(signed.params),
      headers: asTexts(signed.headers),
      bodyHash: signed.body_hash ?? '',
    };
    const isValid = (secret: string) =>
      isFresh(request, this.#deps.clock.now()) && isSignedBy(secret, request, signed.signature);
    return this.#tokenFor(signed.access, isValid);
  }

  ofText({ access, signature, token }: S3Signed): Promise<IssuedToken> {
    const text = Buffer.from(token, 'base64');
    return this.#tokenFor(access, (secret) => isTextSignedBy(secret, text, signature));
  }

  async #tokenFor(access: string, isValid: (secret: string) => boolean): Promise<IssuedToken> {
    const credential = await this.#deps.credentials.findByAccess(access);
    if (credential?.type !== 'ec2' || credential.projectId === null) throw refused();
    const keys = parseEc2Keys(credential.blob);
    if (!isValid(keys.secret)) throw refused();
    const delegation = delegationOf(keys);
    const token = this.#deps.tokens.issue({
      userId: credential.userId,
      methods: ['ec2credential'],
      scope: { kind: 'project', id: credential.projectId },
      ...(keys.app_cred_id === null ? {} : { appCredentialId: keys.app_cred_id }),
      ...(delegation ? { delegation } : {}),
    });
    const valid = await this.#deps.tokens.validate(token);
    if (!valid) throw refused();
    return { token, valid };
  }
}

function delegationOf({ trust_id, access_token_id }: Ec2Keys): DelegationRef | undefined {
  if (trust_id !== null) return { kind: 'trust', id: trust_id };
  return access_token_id === null ? undefined : { kind: 'oauth1', id: access_token_id };
}

const asTexts = (
  fields: Readonly<Record<string, string | number | boolean>> | null | undefined,
): Record<string, string> =>
  Object.fromEntries(Object.entries(fields ?? {}).map(([name, value]) => [name, String(value)]));
