import { Badge, Loader } from '@mantine/core';

const COLORS: readonly (readonly [RegExp, string])[] = [
  [/^(running|active|available|in-use|up|ok|ready|.*_complete|enabled|healthy|success)$/i, 'green'],
  [/(error|fail|dead|down|unhealthy|alarm|denied)/i, 'red'],
  [/^(creating|building|build|queued|saving|importing|.*ing|.*_in_progress|pending_.*)$/i, 'blue'],
  [/^(paused|suspended|unknown|insufficient data|detached)$/i, 'yellow'],
];

const isUnderWay = (state: string): boolean => /ing$|_in_progress$|^queued$|^build/i.test(state) && !/running/i.test(state);

/** What something is, in colour and in words. @param busy what is being done to it */
export function State({ state, busy }: { state: string; busy?: string | null }) {
  const color = COLORS.find(([words]) => words.test(state))?.[1] ?? 'gray';
  const underWay = isUnderWay(state) || Boolean(busy);
  return (
    <Badge color={color} {...(underWay && { leftSection: <Loader size={10} color={color} /> })}>
      {state}
    </Badge>
  );
}
