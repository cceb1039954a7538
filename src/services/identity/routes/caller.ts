import { CloudError } from '#kernel/errors.ts';
import type { TokenService, ValidToken } from '../service/tokens.ts';

/** All that the caller's own token means, for use-cases that pass on what it gives. */
export async function callerOf(tokens: TokenService, token: string | undefined): Promise<ValidToken> {
  const caller = await tokens.validate(token ?? '');
  if (caller) return caller;
  throw new CloudError('unauthenticated', 'The request you have made requires authentication.');
}
