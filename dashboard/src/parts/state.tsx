import { Loader } from '@mantine/core';

type Tone = 'good' | 'bad' | 'busy' | 'odd' | 'still';

const TONES: readonly (readonly [RegExp, Tone])[] = [
  [/^DOWN$/, 'still'], // a port or an address that nobody uses; what is broken says so in lower case
  [/^(running|active|available|in-use|up|ok|ready|.*_complete|enabled|healthy|success)$/i, 'good'],
  [/(error|fail|dead|down|unhealthy|alarm|denied)/i, 'bad'],
  [/^(build|queued|.*ing|.*_in_progress|pending_.*)$/i, 'busy'],
  [/^(paused|suspended|unknown|insufficient data|detached)$/i, 'odd'],
];

const COLORS: Readonly<Record<Tone, string>> = {
  good: 'var(--hydria-good)',
  bad: 'var(--hydria-bad)',
  busy: 'var(--hydria-busy)',
  odd: 'var(--hydria-odd)',
  still: 'var(--hydria-quiet)',
};

const toneOf = (state: string): Tone => TONES.find(([words]) => words.test(state))?.[1] ?? 'still';

/** Of a state, where there is no room for the word. */
export const colorOf = (state: string): string => COLORS[toneOf(state)];

/** What something is, in colour and in words. @param busy what is being done to it */
export function State({
  state,
  busy,
}: {
  readonly state: string;
  readonly busy?: string | null | undefined;
}) {
  const tone = toneOf(state);
  const isUnderWay = tone === 'busy' || Boolean(busy);
  return (
    <span className="state" data-tone={tone} title={busy ?? undefined}>
      {isUnderWay ? <Loader size={10} color={COLORS.busy} /> : <i style={{ background: COLORS[tone] }} />}
      {state}
    </span>
  );
}
