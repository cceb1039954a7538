import type { Ctx } from '#kernel/context.ts';
import { badRequest } from '#kernel/errors.ts';
import type { Container, Member } from '../model/container.ts';
import { requestTypeOf, type Order } from '../model/order.ts';
import { idIn } from '../model/refs.ts';
import type { CertificateRequest } from '../port.ts';
import { ContainerService } from '../service/containers.ts';
import type { TaskDeps } from '../service/deps.ts';
import { SecretService } from '../service/secrets.ts';
import { certificateProducts, publicHalf, type Product } from './products.ts';

/**
 * A certificate by the project's authority: for a signing request (`simple-cmc`), or for the private key of a container
 * (`stored-key`), which then stands in the new container too. Whoever ordered it must be able to read that key.
 */
export async function certify(
  deps: TaskDeps,
  ctx: Ctx,
  order: Order,
): Promise<{ products: readonly Product[]; members: readonly Member[] }> {
  const stored = requestTypeOf(order.meta) === 'stored-key' ? await storedKey(deps, ctx, order) : null;
  const request: CertificateRequest = stored
    ? { kind: 'public-key', subject: order.meta.subject_dn ?? '', publicKey: stored.publicKey }
    : { kind: 'signing-request', signingRequest: order.meta.request_data ?? '' };
  const { certificate, authority } = await deps.authorities.issue(ctx, order.projectId, request);
  return { products: certificateProducts(certificate, authority), members: stored?.members ?? [] };
}

async function storedKey(deps: TaskDeps, ctx: Ctx, { meta }: Order) {
  const container = await new ContainerService(deps).get(ctx, idIn(meta.container_ref ?? ''));
  const secrets = new SecretService(deps);
  const key = memberOf(container, 'private_key');
  if (!key) throw badRequest("The container has no 'private_key'.");
  const passphrase = memberOf(container, 'private_key_passphrase');
  const words = passphrase && (await secrets.payload(ctx, passphrase.secretId));
  const { bytes } = await secrets.payload(ctx, key.secretId);
  return {
    publicKey: publicHalf(bytes, words ? Buffer.from(words.bytes).toString() : null),
    members: passphrase ? [key, passphrase] : [key],
  };
}

const memberOf = (container: Container, name: string): Member | undefined =>
  container.members.find((member) => member.name === name);
