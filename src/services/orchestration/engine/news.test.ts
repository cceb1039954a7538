import { expect, it } from 'vitest';
import type { CloudEvent } from '#kernel/events/event.ts';
import { ManualClock } from '#test/support/manual-clock.ts';
import { News } from './news.ts';

it('follows the log again after it could not be followed, and says that something may have been missed', async () => {
  const clock = new ManualClock();
  const over = new AbortController();
  const second = Promise.withResolvers<CloudEvent>();
  let times = 0;
  const subscribe = async function* () {
    times += 1;
    if (times === 1) throw new Error('Events that were not read yet are gone.');
    yield await second.promise;
  };
  const news = News.of({ clock, events: { subscribe, begin: async () => 0 } }, 'p1', over.signal);
  await news.heardOf('one');
  await clock.asleep();
  clock.skip();
  const told = news.heardOf('two');
  second.resolve({ resource: 'two' } as CloudEvent);
  await told;
  expect(times).toBe(2);
  over.abort();
});
