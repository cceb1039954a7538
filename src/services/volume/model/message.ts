/** What went wrong with something of the user's, in words for the user. */
export interface Message {
  readonly id: string;
  readonly projectId: string;
  readonly requestId: string;
  readonly resourceType: 'VOLUME' | 'VOLUME_SNAPSHOT' | 'VOLUME_BACKUP';
  readonly resourceUuid: string;
  readonly eventId: string;
  readonly messageLevel: 'ERROR';
  readonly userMessage: string;
  readonly createdAt: string;
  readonly guaranteedUntil: string;
}

/** What failed: the upstream's number of it, and its words. */
const ACTIONS = {
  schedule: ['001', 'schedule allocate volume'],
  upload: ['003', 'copy volume to image'],
  extend: ['007', 'extend volume'],
  create: ['008', 'create volume from backend storage'],
  snapshot: ['009', 'create snapshot'],
  revert: ['012', 'revert volume to snapshot'],
  backup: ['013', 'create backup'],
  restore: ['016', 'restore backup'],
  reimage: ['019', 'reimage volume'],
  retype: ['020', 'retype volume'],
} as const;

export type FailedAction = keyof typeof ACTIONS;

const DETAILS = { unknown: '001', noRoom: '003' } as const;

export interface Failure {
  readonly action: FailedAction;
  readonly detail?: keyof typeof DETAILS;
  readonly reason: string;
}

export const eventIdOf = (type: Message['resourceType'], { action, detail = 'unknown' }: Failure): string =>
  `VOLUME_${type}_${ACTIONS[action][0]}_${DETAILS[detail]}`;

export const wordsOf = ({ action, reason }: Failure): string => `${ACTIONS[action][1]}:${reason}`;
