import { performance } from 'node:perf_hooks';
import { CloudError, messageOf } from '#kernel/errors.ts';

/**
 * One thing that must be true of this machine. `done` looks and changes nothing; `run` makes it true and may be cut off
 * anywhere: the next run looks again and goes on from there.
 */
export interface Step {
  readonly name: string;
  done(): Promise<boolean>;
  run(): Promise<void>;
  /** What a person can do when `run` fails; the error's own text says what failed. */
  readonly mend: string;
}

/** Who shows how it goes. */
export interface Progress {
  begin(name: string): void;
  end(name: string, seconds: number): void;
  fail(name: string): void;
}

/**
 * Runs what is not done, in order, and looks again after each: a step is over when `done` says so.
 * @returns the names of the steps that had to run.
 * @throws CloudError naming the step, the reason and the mend; nothing after it has run.
 */
export async function runSteps(steps: readonly Step[], progress: Progress): Promise<readonly string[]> {
  const ran: string[] = [];
  for (const step of steps) {
    if (await guard(step, () => step.done())) continue;
    const began = performance.now();
    progress.begin(step.name);
    try {
      await guard(step, () => step.run());
      if (!(await guard(step, () => step.done()))) throw failure(step, 'it ran, but its result is not there');
    } catch (error) {
      progress.fail(step.name);
      throw error;
    }
    progress.end(step.name, (performance.now() - began) / 1000);
    ran.push(step.name);
  }
  return ran;
}

async function guard<T>(step: Step, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    throw failure(step, messageOf(cause), cause);
  }
}

const failure = (step: Step, why: string, cause?: unknown) =>
  new CloudError('internal', `Could not ${step.name}: ${why}\nTo mend it: ${step.mend}`, { cause });
