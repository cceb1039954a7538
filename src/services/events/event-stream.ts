import type { Clock } from '#kernel/clock.ts';
import type { Ctx } from '#kernel/context.ts';
import { toSse, type CloudEvent } from '#kernel/events/event.ts';

const BEAT_MS = 15_000;
const LIFE_MS = 15 * 60_000;
const HEARTBEAT = ': nothing new\n\n';

type Follow = (signal: AbortSignal) => AsyncIterator<CloudEvent, void>;

/**
 * A `text/event-stream`: first the place in the log alone, so that a reader can resume before anything has happened, then each
 * event, and a comment when there was none for a while. Ends after a quarter of an hour, so that whoever lost the right to
 * read does not read on; the others come back with what they know.
 */
export async function* eventStream(
  { clock, signal }: Pick<Ctx, 'clock' | 'signal'>,
  after: number,
  follow: Follow,
): AsyncGenerator<string, void> {
  const end = clock.now().getTime() + LIFE_MS;
  const left = new AbortController();
  const events = follow(AbortSignal.any([signal, left.signal]));
  try {
    yield `id: ${after}\n\n`;
    for (let next = nextOf(events); clock.now().getTime() < end;) {
      const arrived = await withinABeat(next, clock);
      if (arrived?.done) return;
      yield arrived ? toSse(arrived.value) : HEARTBEAT;
      if (arrived) next = nextOf(events);
    }
  } finally {
    left.abort();
  }
}

/** Its failure is seen by whoever awaits it, which may be later. */
function nextOf(events: AsyncIterator<CloudEvent, void>): Promise<IteratorResult<CloudEvent, void>> {
  const next = events.next();
  next.catch(() => {});
  return next;
}

async function withinABeat<T>(next: Promise<T>, clock: Clock): Promise<T | null> {
  const timer = new AbortController();
  const beat = clock.sleep(BEAT_MS, timer.signal).then(
    () => null,
    () => null, // the event came first
  );
  try {
    return await Promise.race([next, beat]);
  } finally {
    timer.abort();
  }
}
