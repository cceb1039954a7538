import type { Static } from 'typebox';
import { badRequest } from '#kernel/errors.ts';
import { parseSort, type PageRequest } from '#kernel/paging.ts';
import { isTrue, wordsOf } from '../schema/common.ts';
import type { ListStacks } from '../schema/stack.ts';
import { STACK_SORT_COLUMNS, type StackFilter, type TagFilter } from '../store/stack-list.ts';

type Query = Static<typeof ListStacks>;

/** Stacks that tools make for themselves, and do not want to be seen. */
const HIDDEN_TAGS = ['data-processing-cluster'];

/** What the words of a list's query string mean. */
export const filterOf = (query: Query): Omit<StackFilter, 'projectId'> => ({
  deleted: isTrue(query.show_deleted),
  nested: isTrue(query.show_nested),
  oneOf: {
    id: wordsOf(query.id),
    name: wordsOf(query.name),
    status: wordsOf(query.status),
    action: wordsOf(query.action),
    project_id: wordsOf(query.tenant),
    owner: wordsOf(query.username),
    parent_id: wordsOf(query.owner_id),
  },
  tags: tagFilterOf(query),
});

function tagFilterOf(query: Query): TagFilter {
  const [all, any, notAll, notAny] = [query.tags, query.tags_any, query.not_tags, query.not_tags_any].map(
    (given) => wordsOf(given)?.flatMap((words) => words.split(',')),
  );
  const shunned = [...(notAny ?? []), ...(isTrue(query.show_hidden) ? [] : HIDDEN_TAGS)];
  return {
    ...(all && { all }),
    ...(any && { any }),
    ...(notAll && { notAll }),
    ...(shunned.length > 0 && { notAny: shunned }),
  };
}

/** The newest first when nothing is said. @throws CloudError `bad-request` */
export function pageOf({ limit, marker, sort_keys, sort_dir }: Query): PageRequest {
  const direction = sort_dir ?? 'desc';
  if (direction !== 'asc' && direction !== 'desc')
    throw badRequest(`Sort direction '${direction}' is neither asc nor desc.`);
  const keys = wordsOf(sort_keys)?.filter((key) => Object.hasOwn(STACK_SORT_COLUMNS, key)) ?? [];
  const wanted = keys.length === 0 ? ['created_at'] : keys;
  return {
    limit: limit ?? null,
    marker: marker || null,
    sort: parseSort(
      wanted.map((key) => ({ key, direction })),
      STACK_SORT_COLUMNS,
    ),
  };
}
