import { Group, Progress, Text } from '@mantine/core';
import { sizeOf } from './size.ts';

interface UseBarProps {
  readonly title: string;
  /** Bytes of one; undefined = it is counted. */
  readonly unit?: number | undefined;
  /** -1 = no limit. */
  readonly limit: number;
  /** undefined = nobody counts. */
  readonly used: number | undefined;
}

/** How much of a limit is used. */
export function UseBar({ title, unit, limit, used }: UseBarProps) {
  const shown = (count: number) => (unit === undefined ? String(count) : sizeOf(count * unit));
  const percent = limit > 0 ? Math.min((100 * (used ?? 0)) / limit, 100) : 0;
  return (
    <div>
      <Group justify="space-between" mb={4}>
        <Text fz="sm">{title}</Text>
        <Text fz="sm" className="quiet">
          {used !== undefined && `${shown(used)} / `}
          {limit < 0 ? '∞' : shown(limit)}
        </Text>
      </Group>
      {used !== undefined && (
        <Progress value={percent} color={percent > 90 ? 'red' : 'water'} size="sm" aria-label={title} />
      )}
    </div>
  );
}
