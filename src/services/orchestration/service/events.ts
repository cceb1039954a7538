import { notFound } from '#kernel/errors.ts';
import type { Page, PageRequest } from '#kernel/paging.ts';
import type { StackEvent } from '../model/event.ts';
import { MAX_DEPTH, type Stack } from '../model/stack.ts';
import { eventStore, type EventFilter } from '../store/events.ts';
import type { Kin } from '../store/stacks.ts';
import type { OrchestrationTables } from '../tables.ts';
import type { OrchestrationDeps } from './deps.ts';
import { family } from './family.ts';

export interface PlacedEvent {
  readonly event: StackEvent;
  readonly stack: Kin;
}

export interface EventQuery extends PageRequest {
  readonly oneOf: EventFilter['oneOf'];
  /** How deep into the stacks that the stack holds. */
  readonly depth: number;
}

/** What happened to stacks and their resources. */
export class StackEventService {
  readonly #deps: Pick<OrchestrationDeps, 'database'>;

  constructor(deps: Pick<OrchestrationDeps, 'database'>) {
    this.#deps = deps;
  }

  async list(
    stack: Stack,
    { oneOf, depth, ...page }: EventQuery,
  ): Promise<Page<PlacedEvent & { id: string }>> {
    const stacks = await this.#family(stack, depth);
    const stackIds = stacks.map(({ id }) => id);
    const listed = await eventStore.page(this.#db, { stackIds, oneOf }, page);
    const byId = new Map(stacks.map((one) => [one.id, one]));
    return {
      ...listed,
      items: listed.items.map((event) => ({
        id: event.id,
        event,
        stack: byId.get(event.stackId) ?? stack,
      })),
    };
  }

  /** @throws CloudError `not-found` */
  async get(stack: Stack, { resource, id }: { resource: string; id: string }): Promise<PlacedEvent> {
    const event = await eventStore.find(this.#db, [stack.id], id);
    if (event?.resourceName !== resource)
      throw notFound(`The Event (${id}) could not be found.`, { code: 'EntityNotFound' });
    return { event, stack };
  }

  #family(stack: Stack, depth: number): Promise<readonly Kin[]> {
    return depth === 0 ? Promise.resolve([stack]) : family(this.#db, stack, Math.min(depth, MAX_DEPTH));
  }

  get #db() {
    return this.#deps.database.handle<OrchestrationTables>();
  }
}
