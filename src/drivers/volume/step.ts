/**
 * Called between two outside actions of a verb. A crash falls there: the contract's tests end the process by a step
 * that never returns.
 */
export type Step = (done: string) => Promise<void>;

export const goOn: Step = async () => {};
