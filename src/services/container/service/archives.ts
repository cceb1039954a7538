import type { Readable } from 'node:stream';
import type { ArchiveStat } from '#drivers/runtime/driver.ts';
import type { Ctx } from '#kernel/context.ts';
import { badRequest, conflict, notFound } from '#kernel/errors.ts';
import { newSecret } from '#kernel/ids.ts';
import type { AskingNode, NodeQuestions } from '#services/placement/port.ts';
import { assertCan } from '../model/states.ts';
import { DEFAULT_FILE_LIMITS, type ContainerDeps } from './deps.ts';
import type { ContainerLookup } from './lookup.ts';

interface Upload {
  readonly host: string;
  readonly tar: Uint8Array;
}

const CHUNK = 256 * 1024;
const PUT_TIMEOUT_SECONDS = 120;

/** Files in and out of containers. */
export class ContainerArchives {
  readonly #deps: ContainerDeps;
  readonly #lookup: ContainerLookup;
  /** What nodes are unpacking, until they answer. */
  readonly #uploads = new Map<string, Upload>();

  constructor(deps: ContainerDeps, lookup: ContainerLookup) {
    this.#deps = deps;
    this.#lookup = lookup;
  }

  /** Bytes of one archive. */
  get limit(): number {
    return (this.#deps.fileLimits ?? DEFAULT_FILE_LIMITS).archive;
  }

  async get(ctx: Ctx, ref: string, path: string | undefined): Promise<{ stat: ArchiveStat; tar: Readable }> {
    const { id, host } = await this.#find(ctx, ref, 'get_archive');
    if (path === undefined) throw badRequest('Invalid input for field path: it is missing.');
    const question = { id, path, maxBytes: this.limit };
    const { head, stream } = await this.#deps.nodes.open(host, 'container.get-archive', question);
    return { stat: head, tar: stream };
  }

  /** Makes sure of it before the data is read. @returns what puts the tar there. */
  async prepare(ctx: Ctx, ref: string): Promise<(path: string, tar: Uint8Array) => Promise<void>> {
    const { id, host } = await this.#find(ctx, ref, 'put_archive');
    return (path, tar) => this.#put({ id, path }, { host, tar });
  }

  /** Answers the nodes that come for what they are to unpack. */
  answer(nodes: NodeQuestions): void {
    nodes.answerStream('archive.open', async (node, { archive }) => ({
      head: null,
      stream: chunks(this.#uploadFor(node, archive)),
    }));
  }

  async #put({ id, path }: { id: string; path: string }, upload: Upload): Promise<void> {
    const archive = newSecret(16);
    this.#uploads.set(archive, upload);
    try {
      await this.#deps.nodes.request(upload.host, 'container.put-archive', {
        id,
        path,
        archive,
        maxBytes: this.limit,
        timeoutSeconds: PUT_TIMEOUT_SECONDS,
      });
    } finally {
      this.#uploads.delete(archive);
    }
  }

  #uploadFor({ host }: AskingNode, archive: string): Uint8Array {
    const upload = this.#uploads.get(archive);
    if (upload?.host !== host) throw notFound('There is no such archive for this node.');
    return upload.tar;
  }

  async #find(ctx: Ctx, ref: string, action: 'get_archive' | 'put_archive') {
    const container = await this.#lookup.get(ctx, ref, `container:${action}`);
    assertCan(action, container);
    if (container.host === null) throw conflict(`Container ${container.id} is on no node.`);
    return { id: container.id, host: container.host };
  }
}

async function* chunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += CHUNK) yield bytes.subarray(at, at + CHUNK);
}
