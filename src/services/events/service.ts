import { projectOf, type Ctx } from '#kernel/context.ts';
import type { CloudEvent } from '#kernel/events/event.ts';
import type { EventLog } from '#kernel/events/event-log.ts';
import type { Policy } from '#kernel/policy/policy.ts';
import { isWanted, type EventWish } from './event-wish.ts';
import { eventStream } from './event-stream.ts';

export interface EventsDeps {
  readonly events: Pick<EventLog, 'begin' | 'subscribe'>;
  readonly policy: Policy;
}

export interface Following {
  /** The last event that the reader knows; undefined = what happens from now on. */
  readonly after: number | undefined;
  readonly allProjects: boolean;
  readonly wanted: EventWish;
}

export class EventsService {
  readonly #deps: EventsDeps;

  constructor(deps: EventsDeps) {
    this.#deps = deps;
  }

  /**
   * @returns the text of the stream; its place in the log is settled when this resolves.
   * @throws CloudError `conflict` with code `events-pruned` when events after that are gone.
   */
  async follow(ctx: Ctx, { after, allProjects, wanted }: Following): Promise<AsyncIterable<string>> {
    const { events, policy } = this.#deps;
    if (allProjects) policy.authorize(ctx, 'events:follow:all_projects');
    const whose = allProjects ? ({ all: true } as const) : { project: projectOf(ctx) };
    const from = await events.begin(after);
    return eventStream(ctx, from, (signal) =>
      chosen(events.subscribe({ ...whose, after: from }, signal), wanted),
    );
  }
}

async function* chosen(
  events: AsyncGenerator<CloudEvent, void>,
  wanted: EventWish,
): AsyncGenerator<CloudEvent, void> {
  for await (const event of events) if (isWanted(event, wanted)) yield event;
}
