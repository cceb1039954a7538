import * as fc from 'fast-check';
import { it } from 'vitest';
import { environment } from '#kernel/environment.ts';
import { openInMemory } from '#test/support/databases.ts';
import { often } from '#test/support/often.ts';
import { journeys, play, type Journey } from '#test/support/stack-journey.ts';
import { STACK_SCHEMAS } from '#test/support/stack-lab.ts';

/** The same ones each time; for others and more: `STACK_SEED=$RANDOM HYDRIA_SOAK=40`. */
const TIMES = often(120);
const seed = Number(environment('STACK_SEED') ?? 6);
const path = environment('STACK_PATH');

it(
  'brings stacks to their ends whatever is asked of them, fails and dies, with what is there as the rows say',
  { timeout: TIMES * 2_000 },
  async () => {
    await fc.assert(fc.asyncProperty(journeys, playAlone), {
      numRuns: TIMES,
      seed,
      ...(path !== undefined && { path }),
      reporter: report,
    });
  },
);

/** On a database of its own, so that one that hangs disturbs no other. */
async function playAlone(journey: Journey): Promise<void> {
  const database = await openInMemory(...STACK_SCHEMAS);
  await withinTime(play(database, 'p1', journey));
  await database.close();
}

/** One that hangs is told like one that is wrong. */
async function withinTime(played: Promise<void>): Promise<void> {
  const late = AbortSignal.timeout(30_000);
  const hangs = new Promise<never>((_, reject) =>
    late.addEventListener('abort', () => reject(new Error('It never ends.'))),
  );
  await Promise.race([played, hangs]);
}

function report({
  failed,
  counterexample,
  counterexamplePath,
  errorInstance,
}: fc.RunDetails<[Journey]>): void {
  if (!failed) return;
  const again = `STACK_SEED=${seed} STACK_PATH=${counterexamplePath} npx vitest run --project unit stack-model`;
  const why = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
  throw new Error(`${why}\nAgain: ${again}\n${JSON.stringify(counterexample?.[0])}`);
}
