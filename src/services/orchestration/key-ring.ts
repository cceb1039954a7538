import { createHash } from 'node:crypto';
import { NOBODY, type StoredCtx } from '#kernel/context.ts';
import { CloudError, type ErrorKind } from '#kernel/errors.ts';
import type { InsideCall, InsideCalls } from '#kernel/http/inside-calls.ts';
import { newRequestId } from '#kernel/ids.ts';
import type { KeyRing } from './resources/resource-type.ts';

/** Identity keeps the keys. They are made and taken away in the cloud's own name: the owner may be gone, or another, by then. */
export const keyRing = (inside: InsideCalls, owner: StoredCtx): KeyRing => {
  const call = (request: Omit<InsideCall, 'service'>) =>
    inside.call(
      { requestId: newRequestId(), user: NOBODY, project: null, roles: ['admin'], isAdmin: true },
      { service: 'identity', ...request },
    );
  return {
    async add(keys, other) {
      const credential = {
        type: 'ec2',
        blob: JSON.stringify(keys),
        user_id: other?.userId ?? owner.user.id,
        project_id: other?.projectId ?? owner.project?.id,
      };
      await unless('conflict', call({ method: 'POST', path: '/credentials', body: { credential } }));
    },
    async remove(access) {
      const id = createHash('sha256').update(access).digest('hex');
      await unless('not-found', call({ method: 'DELETE', path: `/credentials/${id}` }));
    },
  };
};

async function unless(kind: ErrorKind, work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (thrown) {
    if (CloudError.from(thrown).kind !== kind) throw thrown;
  }
}
