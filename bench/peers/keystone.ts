import { printLine, rate, ratio } from '../support/report.ts';
import { load, type Requests } from '../support/load.ts';
import type { Load } from '../support/stats.ts';

type Call = Omit<Requests, 'count' | 'width'>;

/** What a Keystone is asked, as Hydria was before it. */
export interface KeystoneCalls {
  /** A token by password. */
  readonly issue: Call;
  readonly validate: Call;
}

const COUNTS = { issue: 24, validate: 200 };

/** The same calls to a real Keystone, beside Hydria's figures at the same width. */
export async function measureKeystone(
  calls: KeystoneCalls,
  width: number,
  ours: Readonly<Record<keyof KeystoneCalls, Load>>,
): Promise<void> {
  for (const kind of ['issue', 'validate'] as const) {
    await load({ ...calls[kind], count: width, width }); // so that it is warm
    const theirs = await load({ ...calls[kind], count: COUNTS[kind], width });
    const beside = `Hydria answers ${ratio(ours[kind].perSecond, theirs.perSecond)} of it`;
    printLine(`Keystone: ${kind} a token, ${width} at a time`, rate(theirs), beside);
  }
}
