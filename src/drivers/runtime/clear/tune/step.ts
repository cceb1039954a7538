import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurably } from '#kernel/durable.ts';

/** One thing to make true, as set-up's runner takes it: `run` may be cut off anywhere, and `done` looks without changing anything. */
export interface TuneStep {
  readonly name: string;
  done(): Promise<boolean>;
  run(): Promise<void>;
  /** What a person can do when `run` fails. */
  readonly mend: string;
}

/** One stage of the build. `run` must be able to go on where it was cut off. */
export interface Stage {
  /** Also the name of its stamp. */
  readonly key: string;
  readonly name: string;
  /** All that its result depends on beside the stages before it. */
  readonly inputs: readonly string[];
  readonly run: () => Promise<void>;
  readonly mend: string;
}

/**
 * Stages as steps: one is done when its stamp in `directory` holds the digest of its inputs and of every stage before it, so that
 * a changed input repeats its stage and what follows.
 */
export function stampedSteps(directory: string, stages: readonly Stage[]): readonly TuneStep[] {
  let before = '';
  return stages.map(({ key, name, inputs, run, mend }) => {
    const digest = digestOf([before, key, ...inputs]);
    before = digest;
    const stamp = join(directory, key);
    return {
      name,
      mend,
      done: async () => (await findStamp(stamp)) === digest,
      run: async () => {
        await run();
        await mkdir(directory, { recursive: true, mode: 0o700 });
        await writeDurably(stamp, `${stamp}.tmp`, digest);
      },
    };
  });
}

export const digestOf = (inputs: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(inputs)).digest('hex');

async function findStamp(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return undefined;
    throw thrown;
  });
}
