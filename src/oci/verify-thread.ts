import { answerAsThread } from '#kernel/threads/answer-as-thread.ts';
import { verifyArchive, type VerifyOrder } from './verify.ts';

await answerAsThread(({ file, limits }: VerifyOrder) => verifyArchive(file, limits));
