import { CloudError } from '#kernel/errors.ts';

/** Why what is under way is given up although this process goes on: the stack is to go, or its time is over. */
export class CutOff extends CloudError {
  constructor(why: string) {
    super('conflict', why);
  }
}

/** This process lets go: what is under way is gone on with later, and nothing is written about it. */
export const isLetGo = (signal: AbortSignal): boolean => signal.aborted && !(signal.reason instanceof CutOff);
