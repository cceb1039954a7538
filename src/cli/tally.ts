/** How many tests ended how, and what those that failed say. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly failures: readonly string[];
}

export const addTallies = (one: Tally, other: Tally): Tally => ({
  passed: one.passed + other.passed,
  failed: one.failed + other.failed,
  skipped: one.skipped + other.skipped,
  failures: [...one.failures, ...other.failures],
});

export const summaryLine = ({ passed, failed, skipped }: Tally): string =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`;

/** The last `N passed, N failed, N skipped` of a text; undefined when there is none. */
export function parseSummary(text: string): Tally | undefined {
  const found = [...text.matchAll(/^(\d+) passed, (\d+) failed, (\d+) skipped$/gm)].at(-1);
  if (found === undefined) return undefined;
  const [, passed, failed, skipped] = found.map(Number);
  return { passed: passed ?? 0, failed: failed ?? 0, skipped: skipped ?? 0, failures: [] };
}

interface VitestReport {
  readonly success: boolean;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages?: readonly string[] | null;
    }[];
  }[];
}

/** Reads vitest's JSON report. A file that cannot even load is one failure; so is one outside any test. */
export function parseVitest(json: string, top: string): Tally {
  const { success, testResults } = JSON.parse(json) as VitestReport;
  const tests = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map((found) => ({ ...found, file: name.replace(`${top}/`, '') })),
  );
  const broken = testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((found) => found.status === 'failed'),
  );
  const count = (...states: readonly string[]) =>
    tests.filter(({ status }) => states.includes(status)).length;
  const failures = [
    ...tests
      .filter(({ status }) => status === 'failed')
      .map(
        ({ file, fullName, failureMessages }) =>
          `FAILED ${file}: ${fullName}\n${failureMessages?.join('\n') ?? ''}`,
      ),
    ...broken.map(
      ({ name, message }) => `FAILED ${name.replace(`${top}/`, '')}\n${message ?? 'it did not load'}`,
    ),
  ];
  if (!success && failures.length === 0) failures.push('FAILED vitest: an error outside any test');
  const passed = count('passed');
  return { passed, failed: failures.length, skipped: tests.length - passed - count('failed'), failures };
}
