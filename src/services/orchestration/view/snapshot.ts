import type { Snapshot } from '../model/snapshot.ts';
import { wireTime } from './stack.ts';

export const snapshotView = ({ id, name, status, statusReason, data, createdAt }: Snapshot) => ({
  id,
  name,
  status,
  status_reason: statusReason,
  data,
  creation_time: wireTime(createdAt),
});
