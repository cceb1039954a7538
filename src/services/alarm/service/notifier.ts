import { isoTime } from '#kernel/clock.ts';
import { messageOf } from '#kernel/errors.ts';
import { noticeStore, type Notice } from '../store/notices.ts';
import type { AlarmTables } from '../tables.ts';
import type { AlarmDeps } from './deps.ts';

const AT_ONCE = 50;
const MOST_TRIES = 5;
const TIMEOUT_MS = 10_000;
const AGAIN_MS = 60_000;

type Deps = Pick<AlarmDeps, 'database' | 'clock' | 'log' | 'deliver'>;

/**
 * Does what alarms have asked for. Whoever takes a notice has a minute for it; when it is killed meanwhile, or the other end does not take
 * it, it is tried again, five times: at least once, and at most once at a time.
 */
export async function sendNotices(deps: Deps, signal: AbortSignal): Promise<void> {
  const db = deps.database.handle<AlarmTables>();
  while (!signal.aborted) {
    const notices = await noticeStore.due(db, isoTime(deps.clock.now()), AT_ONCE);
    await Promise.all(notices.map((notice) => send(deps, notice, signal)));
    if (notices.length < AT_ONCE) return;
  }
}

async function send(deps: Deps, notice: Notice, signal: AbortSignal): Promise<void> {
  const { database, clock, log } = deps;
  const db = database.handle<AlarmTables>();
  const until = isoTime(new Date(clock.now().getTime() + AGAIN_MS * 2 ** notice.tries));
  if (!(await noticeStore.claim(db, notice, until))) return;
  try {
    await act(deps, notice, signal);
  } catch (thrown) {
    const givenUp = notice.tries + 1 >= MOST_TRIES;
    log.warn({ notice: notice.id, why: messageOf(thrown), givenUp }, "an alarm's action was not taken");
    if (!givenUp) return;
  }
  await noticeStore.remove(db, notice.id);
}

async function act({ deliver, log }: Deps, { url, body, owner }: Notice, signal: AbortSignal): Promise<void> {
  if (url.startsWith('log:')) {
    log.info({ notice: body }, 'an alarm has changed');
    return;
  }
  const trusted = url.startsWith('trust+');
  const target = new URL(trusted ? url.slice('trust+'.length) : url);
  const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  await deliver({ url: target, as: trusted ? owner : null, body }, limit);
}
