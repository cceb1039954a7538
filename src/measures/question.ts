import type { RingSeconds, Slot } from './slot.ts';

/** Of one workload, from one of the rings. Times in seconds since 1970, both included. */
export interface MeasureQuestion {
  readonly id: string;
  readonly seconds: RingSeconds;
  readonly from: number;
  readonly until: number;
}

export interface MeasureQuestions {
  readonly questions: readonly MeasureQuestion[];
}

/** For each question in turn, the oldest first; nothing for a workload that is not there. */
export interface MeasureAnswers {
  readonly answers: readonly (readonly Slot[])[];
}
