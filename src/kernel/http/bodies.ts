import type { FastifyInstance } from 'fastify';
import { badRequest } from '../errors.ts';

/**
 * Bodies are parsed by the dispatcher, once it knows which form of a route is asked for. Here they are only collected;
 * routes that stream read the raw request.
 */
export function parseBodies(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', (request, payload, done) => {
    if (request.routeOptions.config.streams) return done(null);
    collect(payload, request.routeOptions.bodyLimit).then(
      (body) => done(null, body),
      (cause: Error) => done(cause),
    );
  });
}

async function collect(payload: NodeJS.ReadableStream, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of payload) {
    const bytes = chunk as Buffer;
    size += bytes.length;
    if (size > limit) throw Object.assign(new Error('The request body is too large.'), { statusCode: 413 });
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** NUL as JSON writes it. PostgreSQL has no place for one in a text, and nobody means it. */
const NUL = /(?<!\\)(?:\\\\)*\\u0000/;
const DANGEROUS_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/** @returns undefined for an empty body. @throws CloudError `bad-request` when it is not JSON, or holds a NUL. */
export function parseJson(text: string | undefined): unknown {
  if (text === undefined || text.trim() === '') return undefined;
  if (NUL.test(text)) throw badRequest('The request body must not hold NUL characters.');
  try {
    return JSON.parse(text, (key, value: unknown) => (DANGEROUS_KEYS.has(key) ? undefined : value));
  } catch (cause) {
    throw badRequest('The request body is not valid JSON.', { cause });
  }
}
