import { Reply, route, type Call, type Route } from '#kernel/http/route.ts';
import {
  acceptedType,
  CONTENT_TYPES,
  MAX_PAYLOAD_BYTES,
  receivePayload,
  tooLarge,
} from '../model/payload.ts';
import type { SecretPayload } from '../port.ts';
import { SecretParams } from '../schema/common.ts';
import type { SecretService } from '../service/secrets.ts';

/** Base64 takes four bytes for three, and its lines have ends. */
const MAX_BODY_BYTES = 2 * MAX_PAYLOAD_BYTES;

export const payloadRoutes = (secrets: SecretService): Route[] => [
  route({
    method: 'GET',
    url: '/v1/secrets/:secret_id/payload',
    name: 'get-secret-payload',
    summary: "Read a secret's payload.",
    access: 'authenticated',
    params: SecretParams,
    status: 200,
    handle: async ({ ctx, params, headers }) =>
      payloadReply(await secrets.payload(ctx, params.secret_id), headers),
  }),
  route({
    method: 'PUT',
    url: '/v1/secrets/:secret_id',
    name: 'set-secret-payload',
    summary: 'Give a secret its payload, once.',
    access: { rule: 'key-manager:secret:put' },
    params: SecretParams,
    streams: CONTENT_TYPES,
    status: 204,
    async handle({ ctx, params, headers, raw }) {
      const { 'content-type': type = '', 'content-encoding': encoding } = headers;
      await secrets.get(ctx, params.secret_id, 'secret:put');
      const payload = receivePayload(await collect(raw), type, encoding);
      await secrets.setPayload(ctx, params.secret_id, payload);
    },
  }),
];

async function collect(raw: Call['raw']): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of raw) {
    size += (chunk as Buffer).length;
    if (size > MAX_BODY_BYTES) throw tooLarge();
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

/** The payload as it is, or in base64 for whoever asks for that as an encoding. @throws CloudError `not-acceptable` */
export function payloadReply(payload: SecretPayload, headers: Call['headers']): Reply {
  const contentType = acceptedType(headers.accept, payload);
  const bytes = Buffer.from(payload.bytes);
  const about = { 'content-type': contentType, 'cache-control': 'no-store' };
  const asked = headers['accept-encoding'] ?? '';
  if (contentType === 'text/plain' || !/\bbase64\b/.test(asked)) return new Reply(bytes, { headers: about });
  return new Reply(bytes.toString('base64'), { headers: { ...about, 'content-encoding': 'base64' } });
}
