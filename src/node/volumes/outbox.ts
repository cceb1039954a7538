import { createReadStream } from 'node:fs';
import type { BackupManifest } from '#drivers/backup/driver.ts';
import { badRequest, notFound } from '#kernel/errors.ts';
import type { Session } from '#ssntp/session.ts';
import type { CopyRange, NodeMethods } from '../protocol.ts';

/** What a copy under way holds ready for control. */
export interface Outgoing {
  /** A file or device. */
  readonly path: string;
  manifest?: BackupManifest;
}

const LONGEST_RANGE = 16 << 20;
const READ_BYTES = 256 << 10;

/** Copies under way, by id, so that control can read from them what they tell it about. */
export class Outbox {
  readonly #copies = new Map<string, Outgoing>();

  async offer<T>(copy: string, outgoing: Outgoing, work: () => Promise<T>): Promise<T> {
    this.#copies.set(copy, outgoing);
    try {
      return await work();
    } finally {
      this.#copies.delete(copy);
    }
  }

  serve(session: Session): void {
    session.handleStream('copy.open', async (body) => ({
      head: null,
      stream: this.#read(body as NodeMethods['copy.open']['body']),
    }));
    session.handleStream('copy.manifest', async (body) => {
      const { manifest } = this.#find((body as NodeMethods['copy.manifest']['body']).copy);
      if (!manifest) throw notFound('This copy has no manifest yet.');
      return { head: null, stream: jsonOf(manifest) };
    });
  }

  #read({ copy, offset, bytes }: CopyRange): AsyncIterable<Uint8Array> {
    if (bytes < 1 || bytes > LONGEST_RANGE) throw badRequest('Control asked for too many bytes at once.');
    const { path } = this.#find(copy);
    return createReadStream(path, { start: offset, end: offset + bytes - 1, highWaterMark: READ_BYTES });
  }

  #find(copy: string): Outgoing {
    const outgoing = this.#copies.get(copy);
    if (!outgoing) throw notFound(`The copy ${copy} is not under way on this node.`);
    return outgoing;
  }
}

async function* jsonOf(value: unknown): AsyncGenerator<Uint8Array> {
  yield Buffer.from(JSON.stringify(value));
}
