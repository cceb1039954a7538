import type { Clock } from '#kernel/clock.ts';
import { systemCtx } from '#kernel/context.ts';
import { notFound } from '#kernel/errors.ts';
import { newRequestId } from '#kernel/ids.ts';
import type { Logger } from '#kernel/log.ts';
import type { NodeQuestions } from '#services/placement/port.ts';
import type { ImagePort } from './port.ts';

export interface ImageAnswersDeps {
  readonly images: Pick<ImagePort, 'get' | 'open'>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The stored bytes, for nodes that are to run or copy an image. */
export function answerImages(nodes: NodeQuestions, { images, clock, log }: ImageAnswersDeps): void {
  nodes.answerStream('image.open', async (_node, { id, checksum }, signal) => {
    const ctx = systemCtx(newRequestId(), { clock, log, signal });
    const { hash, name } = await images.get(ctx, id);
    if (hash !== null && hash !== checksum)
      throw notFound(`The image ${name} has changed since it was asked for.`);
    const { size, stream } = await images.open(ctx, id);
    return { head: { size }, stream };
  });
}
