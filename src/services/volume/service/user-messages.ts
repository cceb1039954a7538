import type { Ctx } from '#kernel/context.ts';
import { isAtLeast } from '#kernel/microversion.ts';
import { notFound } from '#kernel/errors.ts';
import type { Message } from '../model/message.ts';
import type { ListMessagesQuery } from '../schema/message.ts';
import { listPage } from '../store/listing.ts';
import { messageStore } from '../store/stores.ts';
import type { VolumeTables } from '../tables.ts';
import type { Page } from '#kernel/paging.ts';
import type { VolumeDeps } from './deps.ts';
import { equal, listRequest } from './list-request.ts';

const SORTABLE = {
  id: 'id',
  created_at: 'created_at',
  guaranteed_until: 'guaranteed_until',
  event_id: 'event_id',
  resource_type: 'resource_type',
  resource_uuid: 'resource_uuid',
  request_id: 'request_id',
  message_level: 'message_level',
};

const missing = (id: string) => notFound(`Message ${id} could not be found.`);

/** What users are told of failures. */
export class UserMessages {
  readonly #deps: Pick<VolumeDeps, 'database' | 'policy'>;

  constructor(deps: Pick<VolumeDeps, 'database' | 'policy'>) {
    this.#deps = deps;
  }

  async list(ctx: Ctx, query: ListMessagesQuery): Promise<Page<Message>> {
    const { policy } = this.#deps;
    const asked: ListMessagesQuery = isAtLeast(ctx.microversion, '3.5') ? query : {};
    const request = listRequest(ctx, asked, {
      policy,
      sortable: SORTABLE,
      filters: [
        ...equal('event_id', asked.event_id),
        ...equal('resource_type', asked.resource_type),
        ...equal('resource_uuid', asked.resource_uuid),
        ...equal('request_id', asked.request_id),
        ...equal('message_level', asked.message_level),
      ],
    });
    return listPage(this.#db, messageStore, request);
  }

  async get(ctx: Ctx, id: string, rule = 'message:get'): Promise<Message> {
    const found = await messageStore.find(this.#db, id);
    if (!found) throw missing(id);
    this.#deps.policy.authorizeVisible(ctx, rule, { project_id: found.projectId }, () => missing(id));
    return found;
  }

  async delete(ctx: Ctx, id: string): Promise<void> {
    await this.get(ctx, id, 'message:delete');
    await messageStore.delete(this.#db, [id]);
  }

  get #db() {
    return this.#deps.database.handle<VolumeTables>();
  }
}
