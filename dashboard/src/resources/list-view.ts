import { useMemo, useState } from 'react';
import type { Column, ResourceDefinition } from './definition.ts';

export interface Sorting {
  readonly title: string;
  readonly isUp: boolean;
}

const compare = (a: string | number, b: string | number): number =>
  typeof a === 'number' && typeof b === 'number'
    ? a - b
    : String(a).localeCompare(String(b), undefined, { numeric: true });

/** What of a list is shown, in which order, and what of it is chosen. */
export function useListView<T>(
  { columns, id }: Pick<ResourceDefinition<T>, 'columns' | 'id'>,
  items: readonly T[],
) {
  const [filter, setFilter] = useState('');
  const [sorting, setSorting] = useState<Sorting>();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const shown = useMemo(
    () => sorted(filtered(items, columns, filter), columns, sorting),
    [items, columns, filter, sorting],
  );
  const selected = useMemo(() => items.filter((item) => chosen.has(id(item))), [items, chosen, id]);
  return {
    filter,
    setFilter,
    sorting,
    sortBy: (title: string) =>
      setSorting((now) =>
        now?.title === title ? (now.isUp ? { title, isUp: false } : undefined) : { title, isUp: true },
      ),
    shown,
    selected,
    isChosen: (item: T) => chosen.has(id(item)),
    choose: (item: T, is: boolean) =>
      setChosen((now) =>
        is ? new Set([...now, id(item)]) : new Set([...now].filter((one) => one !== id(item))),
      ),
    chooseAll: (is: boolean) => setChosen(is ? new Set(shown.map(id)) : new Set()),
  };
}

function filtered<T>(items: readonly T[], columns: readonly Column<T>[], filter: string): readonly T[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return items;
  return items.filter((item) => {
    const text = columns
      .map((column) => column.text?.(item) ?? '')
      .join(' ')
      .toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

function sorted<T>(
  items: readonly T[],
  columns: readonly Column<T>[],
  sorting: Sorting | undefined,
): readonly T[] {
  const text = columns.find(({ title }) => title === sorting?.title)?.text;
  if (!text || !sorting) return items;
  const direction = sorting.isUp ? 1 : -1;
  return items.toSorted((a, b) => direction * compare(text(a), text(b)));
}
