import { parentPort, workerData } from 'node:worker_threads';
import { toAnswer } from './run-in-thread.ts';

/** The whole of a module for `runInThread`: does the work and sends what comes of it. */
export async function answerAsThread<I>(work: (input: I) => Promise<unknown>): Promise<void> {
  const answer = await work(workerData as I).then((value) => ({ value }), toAnswer);
  parentPort?.postMessage(answer, []);
}
