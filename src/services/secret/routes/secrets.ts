import type { Static } from 'typebox';
import type { Ctx } from '#kernel/context.ts';
import { badRequest } from '#kernel/errors.ts';
import { Reply, route, type Call, type Route } from '#kernel/http/route.ts';
import { isAtLeast } from '#kernel/microversion.ts';
import { readPayload, tooLarge, MAX_REQUEST_BYTES } from '../model/payload.ts';
import { refTo } from '../model/refs.ts';
import { parseExpiration } from '../model/times.ts';
import { pageOf, SecretParams } from '../schema/common.ts';
import { CreateSecret, ListSecrets } from '../schema/secret.ts';
import { viewerOf } from '../service/access.ts';
import type { ConsumerService } from '../service/consumers.ts';
import type { SecretDraft, SecretService } from '../service/secrets.ts';
import { pageView } from '../view/page.ts';
import { secretView } from '../view/secret.ts';
import { payloadReply } from './payloads.ts';
import { filterOf, sortOf } from './secret-query.ts';

export const secretRoutes = (secrets: SecretService, consumers: ConsumerService): Route[] => [
  route({
    method: 'POST',
    url: '/v1/secrets',
    name: 'create-secret',
    summary: 'Store a secret, with its payload or without.',
    access: { rule: 'key-manager:secrets:post' },
    body: CreateSecret,
    status: 201,
    async handle({ ctx, body, base, headers }) {
      if (Number(headers['content-length']) > MAX_REQUEST_BYTES) throw tooLarge();
      const { id } = await secrets.create(ctx, draftOf(body, ctx));
      const secret_ref = refTo(base, 'secrets', id);
      return new Reply({ secret_ref }, { headers: { location: secret_ref } });
    },
  }),
  route({
    method: 'GET',
    url: '/v1/secrets',
    name: 'list-secrets',
    summary: 'List secrets, without their payloads.',
    access: { rule: 'key-manager:secrets:get' },
    query: ListSecrets,
    status: 200,
    async handle({ ctx, query, base }) {
      const page = pageOf(query);
      const filter = filterOf(query, viewerOf(ctx));
      const listed = await secrets.list(ctx, filter, { ...page, sort: sortOf(query.sort) });
      const used = await usesOf(
        ctx,
        consumers,
        listed.items.map(({ id }) => id),
      );
      return pageView({
        name: 'secrets',
        url: `${base}/v1/secrets`,
        query,
        page,
        listed,
        view: (secret) => secretView(secret, base, used?.get(secret.id) ?? (used && [])),
      });
    },
  }),
  route({
    method: 'GET',
    url: '/v1/secrets/:secret_id',
    name: 'get-secret',
    summary: 'Show a secret; its payload where `Accept` is not JSON.',
    access: 'authenticated',
    params: SecretParams,
    status: 200,
    async handle({ ctx, params, base, headers }) {
      if (!takesJson(headers)) return payloadReply(await secrets.payload(ctx, params.secret_id), headers);
      const secret = await secrets.get(ctx, params.secret_id);
      const used = await usesOf(ctx, consumers, [secret.id]);
      return secretView(secret, base, used?.get(secret.id) ?? (used && []));
    },
  }),
  route({
    method: 'DELETE',
    url: '/v1/secrets/:secret_id',
    name: 'delete-secret',
    summary: 'Delete a secret.',
    access: { rule: 'key-manager:secret:delete' },
    params: SecretParams,
    status: 204,
    handle: ({ ctx, params }) => secrets.delete(ctx, params.secret_id),
  }),
];

function draftOf(body: Static<typeof CreateSecret>, ctx: Ctx): SecretDraft {
  const { payload = null, payload_content_type: contentType = null, payload_content_encoding = null } = body;
  if (payload === null && contentType !== null)
    throw badRequest("'payload' must be supplied when 'payload_content_type' is.");
  return {
    name: body.name ?? null,
    type: body.secret_type ?? 'opaque',
    algorithm: body.algorithm ?? null,
    bitLength: body.bit_length ?? null,
    mode: body.mode ?? null,
    expiration: parseExpiration(body.expiration, ctx.clock.now()),
    payload:
      payload === null
        ? null
        : readPayload({ text: payload, contentType, encoding: payload_content_encoding }),
  };
}

/** Before 1.1 nobody is told what uses a secret. */
const usesOf = async (ctx: Ctx, consumers: ConsumerService, ids: readonly string[]) =>
  isAtLeast(ctx.microversion, '1.1') ? consumers.ofAll(ids) : undefined;

function takesJson({ accept = '*/*' }: Call['headers']): boolean {
  return /application\/(json|\*)|\*\/\*/i.test(accept);
}
