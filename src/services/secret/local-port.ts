import type { Ctx } from '#kernel/context.ts';
import { CloudError } from '#kernel/errors.ts';
import { idIn } from './model/refs.ts';
import type { NewSecret, SecretPort } from './port.ts';
import type { SecretService } from './service/secrets.ts';

/** The port on the service in this process. */
export const localSecretPort = (secrets: SecretService): SecretPort => ({
  payload: async (ctx, refOrId) => secrets.payload(ctx, idIn(refOrId)),
  async store(ctx: Ctx, { id, name, type, payload }: NewSecret) {
    const about = { algorithm: null, bitLength: null, mode: null, expiration: null };
    return (await secrets.create(ctx, { ...about, id, name, type, payload })).id;
  },
  remove: (ctx, id) => secrets.delete(ctx, id).catch(unlessGone),
});

function unlessGone(thrown: unknown): void {
  if (!(thrown instanceof CloudError && thrown.kind === 'not-found')) throw thrown;
}
