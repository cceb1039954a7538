import { Type, type Static } from 'typebox';
import { LIST_QUERY } from './common.ts';

const Filter = Type.Optional(Type.String({ maxLength: 255 }));
const { limit, offset, marker, sort, sort_key, sort_dir } = LIST_QUERY;

export const ListMessages = Type.Object({
  limit,
  offset,
  marker,
  sort,
  sort_key,
  sort_dir,
  event_id: Filter,
  resource_type: Filter,
  resource_uuid: Filter,
  request_id: Filter,
  message_level: Filter,
});
export type ListMessagesQuery = Static<typeof ListMessages>;

export const MessageParams = Type.Object({ message: Type.String() });
