import type { Readable } from 'node:stream';
import type { ControlMethods } from '../protocol.ts';

/** Control, as a transfer asks it. Every call throws CloudError `unavailable` while control is away, or when it goes. */
export interface Control {
  request<M extends keyof ControlMethods>(
    method: M,
    body: ControlMethods[M]['body'],
    signal: AbortSignal,
  ): Promise<ControlMethods[M]['answer']>;
  open<M extends keyof ControlMethods>(
    method: M,
    body: ControlMethods[M]['body'],
    signal: AbortSignal,
  ): Promise<Readable>;
}

/** What came over a stream as one JSON text. */
export async function readJson<T>(stream: AsyncIterable<Uint8Array>): Promise<T> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as T;
}
