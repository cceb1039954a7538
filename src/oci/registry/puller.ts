import type { Clock } from '#kernel/clock.ts';
import { CloudError } from '#kernel/errors.ts';
import type { Logger } from '#kernel/log.ts';
import { machineArchitecture } from '../archive.ts';
import { readLayout } from '../layout.ts';
import type { Bringing, ImageSource } from '../layer-store.ts';
import type { ArchiveLimits } from '../limits.ts';
import { refusal } from '../refusal.ts';
import { readManifest, type ImageParts } from './manifest-parts.ts';
import { PullRooms, type Room } from './pull-room.ts';
import { parseReference, referenceText } from './reference.ts';
import type { Login } from './settings.ts';
import type { Asking, Skopeo } from './skopeo.ts';
import { watchWrites } from './watch-writes.ts';

export interface PullerDeps {
  readonly skopeo: Skopeo;
  /** Belongs to this object alone; blobs on their way lie in it. */
  readonly directory: string;
  readonly limits: ArchiveLimits;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Asks for the login at each attempt, so that it is kept nowhere. */
export type GetLogin = (signal: AbortSignal) => Promise<Login | null>;

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;
const ATTEMPTS_IN_VAIN = 6;
const INDEX_DEPTH = 4;
const SLACK_BYTES = 16 * 2 ** 20;

/** Images out of registries. What was cut off goes on from the blobs that are whole. */
export class RegistryPuller {
  readonly #deps: PullerDeps;
  readonly #rooms: PullRooms;

  constructor(deps: PullerDeps) {
    this.#deps = deps;
    this.#rooms = new PullRooms(deps.directory);
  }

  /** Takes away what a crash has left. Before anything else. */
  async recover(): Promise<void> {
    await Promise.all([this.#rooms.recover(), this.#deps.skopeo.recover()]);
  }

  /**
   * Which image a reference means now.
   * @returns the digest of its manifest or index, `sha256:…`
   * @throws CloudError `not-found`, `forbidden`, `bad-request`, or `unavailable` for what may pass
   */
  async resolve(asking: Asking): Promise<string> {
    const { digest } = await this.#deps.skopeo.manifest(asking);
    const promised = parseReference(asking.reference, null).digest;
    if (promised !== null && promised !== digest) throw refusal(`its manifest is not ${promised}`);
    return digest;
  }

  /** One state of an image, for `LayerStore`. */
  source(reference: string, digest: string, getLogin: GetLogin): ImageSource {
    const exact = exactly(reference, digest);
    return async (bringing, unpack) => {
      const { signal } = bringing;
      const ask = async (text: string): Promise<Asking> => ({
        reference: text,
        login: await getLogin(signal),
        signal,
      });
      const { asked, parts } = await this.#find(exact, ask);
      await using room = await this.#rooms.enter(parts);
      await this.#fetch(room, parts, { bringing, ask: () => ask(asked) });
      const { limits } = this.#deps;
      return await unpack(
        await readLayout({ directory: room.layout, blobs: this.#rooms.blobs }, limits, signal),
      );
    };
  }

  /** The image for this machine, which may be one of several in an index. */
  async #find(
    exact: string,
    ask: (text: string) => Promise<Asking>,
  ): Promise<{ asked: string; parts: ImageParts }> {
    let asked = exact;
    for (let depth = 0; depth < INDEX_DEPTH; depth++) {
      const { text } = await this.#deps.skopeo.manifest(await ask(asked));
      const content = readManifest(text, machineArchitecture(), this.#deps.limits);
      if ('parts' in content) return { asked, parts: content.parts };
      asked = exactly(exact, content.next);
    }
    throw refusal('its indexes are nested too deeply');
  }

  /** Tries again as long as there is a blob more each few times. */
  async #fetch(
    room: Room,
    parts: ImageParts,
    { bringing, ask }: { bringing: Bringing; ask: () => Promise<Asking> },
  ): Promise<void> {
    const { clock, log } = this.#deps;
    let whole = await room.blobs();
    for (let inVain = 0; ; inVain++) {
      try {
        return await this.#copy(room, parts, { bringing, asking: await ask() });
      } catch (thrown) {
        const error = CloudError.from(thrown);
        const now = await room.blobs();
        if (now > whole) inVain = 0;
        whole = now;
        if (bringing.signal.aborted || !error.retryable || inVain >= ATTEMPTS_IN_VAIN) throw thrown;
        log.info({ why: error.message, blobs: whole }, 'a pull was cut off and is tried again');
        await clock.sleep(Math.min(FIRST_DELAY_MS * 2 ** inVain, LONGEST_DELAY_MS), bringing.signal);
      }
    }
  }

  /** A registry that sends more than its manifest says is cut off. */
  async #copy(
    room: Room,
    { total }: ImageParts,
    { bringing: { signal, report }, asking }: { bringing: Bringing; asking: Asking },
  ): Promise<void> {
    const ending = new AbortController();
    const tooMuch = new AbortController();
    const look = async () => {
      const bytes = await room.bytes();
      report({ phase: 'fetch', bytes: Math.min(bytes, total), total });
      if (bytes > total + SLACK_BYTES)
        tooMuch.abort(refusal('its registry sends more than its manifest says'));
    };
    const watching = watchWrites(room.layout, look, { clock: this.#deps.clock, signal: ending.signal });
    watching.catch(() => {}); // awaited below
    try {
      const both = AbortSignal.any([signal, tooMuch.signal]);
      await this.#deps.skopeo.copy({ ...asking, signal: both }, room.layout, this.#rooms.blobs);
    } finally {
      ending.abort();
    }
    await watching;
  }
}

/** The same repository, one state of it. */
const exactly = (reference: string, digest: string): string =>
  referenceText({ ...parseReference(reference, null), digest });
