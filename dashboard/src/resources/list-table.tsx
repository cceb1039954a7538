import { Checkbox } from '@mantine/core';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useRef } from 'react';
import { useText } from '../messages/messages.tsx';
import { ActionMenu } from './actions.tsx';
import type { ResourceDefinition } from './definition.ts';
import type { useListView } from './list-view.ts';

const ROW_PX = 42;

interface TableProps<T> {
  readonly definition: ResourceDefinition<T>;
  readonly view: ReturnType<typeof useListView<T>>;
}

const templateOf = <T,>({ columns }: ResourceDefinition<T>): string =>
  `28px ${columns.map(({ width }) => (width.endsWith('fr') ? `minmax(0, ${width})` : width)).join(' ')} 36px`;

const classOf = (always: boolean | undefined): string => (always ? '' : 'wide');

/** Only the rows that are in sight are there. */
export function ListTable<T>({ definition, view }: TableProps<T>) {
  const text = useText();
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: view.shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
  });
  const gridTemplateColumns = templateOf(definition);
  const all = view.shown.length > 0 && view.selected.length === view.shown.length;
  return (
    <div
      className="list"
      ref={scroller}
      role="table"
      aria-rowcount={view.shown.length}
      aria-label={text(definition.title)}
    >
      <div className="list-head" role="row" style={{ gridTemplateColumns }}>
        <span role="columnheader">
          <Checkbox
            size="xs"
            aria-label={text('list.selectAll')}
            checked={all}
            indeterminate={!all && view.selected.length > 0}
            onChange={(event) => view.chooseAll(event.currentTarget.checked)}
          />
        </span>
        {definition.columns.map(({ title, always }) => (
          <span key={title} role="columnheader" className={classOf(always)} aria-sort={sortOf(view, title)}>
            <button type="button" onClick={() => view.sortBy(title)}>
              {text(title)}{' '}
              {view.sorting?.title === title &&
                (view.sorting.isUp ? <IconArrowUp size={12} /> : <IconArrowDown size={12} />)}
            </button>
          </span>
        ))}
        <span role="columnheader" aria-label={text('app.actions')} />
      </div>
      <div style={{ height: rows.getTotalSize(), position: 'relative' }} role="rowgroup">
        {rows.getVirtualItems().map(({ index, start }) => {
          const item = view.shown[index];
          if (item === undefined) return null;
          return (
            <Row
              key={definition.id(item)}
              definition={definition as unknown as ResourceDefinition<unknown>}
              item={item}
              top={start}
              grid={gridTemplateColumns}
              isChosen={view.isChosen(item)}
              choose={(is) => view.choose(item, is)}
            />
          );
        })}
      </div>
    </div>
  );
}

const sortOf = <T,>({ sorting }: TableProps<T>['view'], title: string) =>
  sorting?.title !== title ? 'none' : sorting.isUp ? 'ascending' : 'descending';

interface RowProps {
  readonly definition: ResourceDefinition<unknown>;
  readonly item: unknown;
  readonly top: number;
  readonly grid: string;
  readonly isChosen: boolean;
  readonly choose: (is: boolean) => void;
}

/** Drawn anew when its item is another: lists keep what has not changed. */
const Row = memo(
  ({ definition, item, top, grid, isChosen, choose }: RowProps) => {
    const text = useText();
    const name = definition.name(item);
    return (
      <div
        className="list-row"
        role="row"
        style={{ gridTemplateColumns: grid, height: ROW_PX, transform: `translateY(${top}px)` }}
      >
        <span role="cell">
          <Checkbox
            size="xs"
            aria-label={text('list.select', { name })}
            checked={isChosen}
            onChange={(event) => choose(event.currentTarget.checked)}
          />
        </span>
        {definition.columns.map(({ title, cell, always }) => (
          <span key={title} role="cell" className={classOf(always)}>
            {cell(item)}
          </span>
        ))}
        <span role="cell">
          <ActionMenu definition={definition} items={[item]} label={name} />
        </span>
      </div>
    );
  },
  (before, after) =>
    before.item === after.item &&
    before.top === after.top &&
    before.isChosen === after.isChosen &&
    before.grid === after.grid,
);
