import { Link } from 'wouter';
import type { MessageKey } from '../messages/messages.tsx';
import { Time, timeOf } from '../parts/time.tsx';
import type { Column } from './definition.ts';

/** Its name, which leads to its page. */
export const nameColumn = <T,>(
  path: string,
  id: (item: T) => string,
  name: (item: T) => string,
): Column<T> => ({
  title: 'column.name',
  width: '1.3fr',
  always: true,
  text: name,
  cell: (item) => (
    <Link className="list-link" href={`${path}/${encodeURIComponent(id(item))}`}>
      {name(item) === '' ? id(item) : name(item)}
    </Link>
  ),
});

export const idColumn = <T,>(id: (item: T) => string): Column<T> => ({
  title: 'column.id',
  width: '96px',
  text: id,
  cell: (item) => (
    <span className="mono quiet" title={id(item)}>
      {id(item).slice(0, 8)}
    </span>
  ),
});

export const timeColumn = <T,>(title: MessageKey, at: (item: T) => string | null | undefined): Column<T> => ({
  title,
  width: '130px',
  text: (item) => (at(item) ? timeOf(at(item) ?? '').getTime() : 0),
  cell: (item) => <Time at={at(item)} />,
});

/** Words of the item, as they are. */
export const textColumn = <T,>(title: MessageKey, width: string, text: (item: T) => string): Column<T> => ({
  title,
  width,
  text,
  cell: text,
});
