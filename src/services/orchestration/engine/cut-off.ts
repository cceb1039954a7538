import { CloudError } from '#kernel/errors.ts';

/** Why work is aborted by us: this process lets go, or the stack is to be something else. */
export class CutOff extends CloudError {
  /** What is under way is gone on with later; nothing is written about it. */
  readonly letGo: boolean;

  constructor(why: string, { letGo }: { letGo: boolean }) {
    super('unavailable', why);
    this.letGo = letGo;
  }
}

export const isLetGo = (signal: AbortSignal): boolean =>
  signal.aborted && !(signal.reason instanceof CutOff && !signal.reason.letGo);
