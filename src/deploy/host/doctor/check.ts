import { messageOf } from '#kernel/errors.ts';

/** What is wrong, and the exact thing to do about it. */
export interface Problem {
  readonly problem: string;
  readonly mend: string;
}

export const OK = 'ok';

/** Nothing is wrong, and this is worth knowing. */
export interface Note {
  readonly note: string;
}

/** One look at the machine, that changes nothing. */
export interface Check {
  readonly name: string;
  readonly check: () => Promise<typeof OK | Note | Problem>;
}

export interface Finding {
  readonly name: string;
  readonly ok: boolean;
  readonly note?: string;
  readonly problem?: string;
  readonly mend?: string;
}

/** A check that breaks is a finding too. */
export async function runChecks(checks: readonly Check[]): Promise<readonly Finding[]> {
  return Promise.all(
    checks.map(async ({ name, check }): Promise<Finding> => {
      const found = await check().catch((thrown: unknown) => ({
        problem: `cannot look: ${messageOf(thrown)}`,
        mend: 'run ./hydria doctor as root',
      }));
      if (found === OK) return { name, ok: true };
      return { name, ok: 'note' in found, ...found };
    }),
  );
}

export const expect = (holds: boolean, problem: string, mend: string): typeof OK | Problem =>
  holds ? OK : { problem, mend };
