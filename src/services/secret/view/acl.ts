import { wireTime } from '../model/times.ts';
import type { NamedAcl } from '../service/acls.ts';

/** What nobody has set says only that the project may read. */
export const aclView = ({ projectAccess, users, createdAt, updatedAt }: NamedAcl) => ({
  read: {
    'project-access': projectAccess,
    ...(createdAt !== null && { users, created: wireTime(createdAt) }),
    ...(updatedAt !== null && { updated: wireTime(updatedAt) }),
  },
});
