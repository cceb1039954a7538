import { Table } from '@mantine/core';
import type { ReactNode } from 'react';
import { useText } from '../messages/messages.tsx';

interface SmallTableProps {
  readonly label: string;
  readonly heads: readonly string[];
  readonly rows: readonly (readonly ReactNode[])[];
}

/** A few rows on the page of something else. */
export function SmallTable({ label, heads, rows }: SmallTableProps) {
  const text = useText();
  if (rows.length === 0) return <p className="quiet">{text('list.empty')}</p>;
  return (
    <div className="panel">
      <Table.ScrollContainer minWidth={420} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
        <Table aria-label={label} className="small-table">
          <Table.Thead>
            <Table.Tr>
              {heads.map((head) => (
                <Table.Th key={head}>{head}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((cells, index) => (
              <Table.Tr key={index}>
                {cells.map((cell, column) => (
                  <Table.Td key={heads[column]}>{cell}</Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </div>
  );
}
