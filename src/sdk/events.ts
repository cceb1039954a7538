import { unavailable } from '#kernel/errors.ts';
import { serverSent } from './answer.ts';
import type { Caller } from './caller.ts';

/** Something that happened to a resource. */
export interface CloudEvent {
  readonly seq: number;
  /** ISO-8601. */
  readonly at: string;
  /** `container` */
  readonly service: string;
  /** `container.container.running` */
  readonly type: string;
  /** Its id. */
  readonly resource: string;
  readonly payload: unknown;
}

export interface Following {
  /** The last event that is known. */
  readonly from?: string | undefined;
  readonly signal?: AbortSignal;
  /** Each time that the cloud begins to tell. */
  readonly onOpen?: () => void;
}

/** What happens in the project, without an end: Hydria ends a stream after a quarter of an hour, and it is taken up where it was. */
export async function* followEvents(
  session: Caller,
  { from, signal, onOpen }: Following = {},
): AsyncGenerator<CloudEvent, void> {
  for (let after = from; ;) {
    const answer = await session.open('events', 'GET', '', { query: { after }, ...(signal && { signal }) });
    onOpen?.();
    const begunAt = after;
    for await (const { id, data } of serverSent<CloudEvent>(answer)) {
      after = id ?? after;
      if (data !== undefined) yield data;
    }
    if (after === begunAt && from === undefined) throw unavailable('The cloud ended the stream of events.');
  }
}
