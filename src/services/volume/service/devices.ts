import { Bell } from '#kernel/bell.ts';
import type { Clock } from '#kernel/clock.ts';
import type { Ctx } from '#kernel/context.ts';
import type { Database } from '#kernel/db/database.ts';
import { CloudError, unavailable } from '#kernel/errors.ts';
import { attachmentNotFound, type Attachment } from '../model/attachment.ts';
import { findReason } from '../store/reasons.ts';
import { attachmentStore } from '../store/stores.ts';
import type { VolumeTables, VolumeTx } from '../tables.ts';

const CHANNEL = 'volume-devices';

/** A node makes a device in a moment; whoever asks over HTTP does not wait for ever. */
const LONGEST_MS = 30_000;

/** Attachments on their way to be devices. What a node reports wakes who waits, in whichever control process. */
export class Devices {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #reported = new Bell();

  constructor({ database, clock }: { readonly database: Database; readonly clock: Clock }) {
    this.#database = database;
    this.#clock = clock;
    const ring = () => this.#reported.ring();
    database.signals.listen(CHANNEL, { heard: ring, missed: ring });
  }

  /** Tells the other processes, in the transaction that takes a node's report in. */
  announce(tx: VolumeTx): Promise<void> {
    return this.#database.signals.send(tx, CHANNEL);
  }

  /** Tells this process, after the commit. */
  ring(): void {
    this.#reported.ring();
  }

  /**
   * The attachment once its node has made the device of it. What is not to be a device is returned as it is.
   * @throws CloudError with the node's words when it failed; `unavailable` when it says nothing for 30 s
   */
  async made(ctx: Ctx, attachment: Attachment): Promise<Attachment> {
    const answered = new AbortController();
    const signal = AbortSignal.any([ctx.signal, answered.signal]);
    const late = this.#clock.sleep(LONGEST_MS, signal).then(() => true);
    late.catch(() => {}); // whoever asked has gone, or has the answer
    try {
      for (;;) {
        const heard = this.#reported.rung.then(() => false);
        const now = await this.#look(attachment);
        if (!now.desired || now.device !== null) return now;
        if (await Promise.race([heard, late])) throw await this.#tooLate(now);
      }
    } finally {
      answered.abort();
    }
  }

  async #look({ id, generation }: Attachment): Promise<Attachment> {
    const now = await attachmentStore.find(this.#db, id);
    if (!now) throw attachmentNotFound(id);
    const reason = await findReason(this.#db, id);
    if (reason?.failed && reason.generation >= generation)
      throw new CloudError(
        'internal',
        `Node ${now.host} could not attach volume ${now.volumeId}: ${reason.text}`,
      );
    return now;
  }

  async #tooLate({ id, host, volumeId }: Attachment): Promise<CloudError> {
    const reason = (await findReason(this.#db, id))?.text ?? 'it has not answered yet';
    return unavailable(
      `Node ${host} does not have volume ${volumeId} as a device yet: ${reason}. Ask again.`,
    );
  }

  get #db() {
    return this.#database.handle<VolumeTables>();
  }
}
