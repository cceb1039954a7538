import { NOBODY } from '#kernel/context.ts';
import { CloudError } from '#kernel/errors.ts';
import type { InsideCalls } from '#kernel/http/inside-calls.ts';
import { newRequestId } from '#kernel/ids.ts';
import type { OrchestrationDeps } from './service/deps.ts';

/** Asks identity, as every service that takes signatures does: it answers with a token of whoever signed. */
export const ec2Signer =
  (inside: InsideCalls): OrchestrationDeps['signer'] =>
  async (request) => {
    const self = { requestId: newRequestId(), user: NOBODY, project: null, roles: ['admin'], isAdmin: true };
    try {
      const { headers } = await inside.call(self, {
        service: 'identity',
        method: 'POST',
        path: '/ec2tokens',
        body: { credentials: request },
      });
      return await inside.authenticate(headers['x-subject-token'] ?? '');
    } catch (thrown) {
      if (CloudError.from(thrown).kind === 'internal') throw thrown;
      return undefined;
    }
  };
