import { newUuid } from '#kernel/ids.ts';
import { eventIdOf, wordsOf, type Failure, type Message } from '../model/message.ts';
import { messageStore } from '../store/stores.ts';
import type { Unit } from './units.ts';

const KEPT_MS = 30 * 86_400_000;

export interface Subject {
  readonly type: Message['resourceType'];
  readonly id: string;
  readonly projectId: string;
  readonly requestId: string;
}

/** Leaves the user a message about a failure, in the transaction that records it. */
export async function leaveMessage(unit: Unit, subject: Subject, failure: Failure): Promise<void> {
  await messageStore.insert(unit.tx, [
    {
      id: newUuid(),
      projectId: subject.projectId,
      requestId: subject.requestId,
      resourceType: subject.type,
      resourceUuid: subject.id,
      eventId: eventIdOf(subject.type, failure),
      messageLevel: 'ERROR',
      userMessage: wordsOf(failure),
      createdAt: unit.now,
      guaranteedUntil: new Date(Date.parse(unit.now) + KEPT_MS).toISOString(),
    },
  ]);
}
