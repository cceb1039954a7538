import { parseEc2Keys } from '../model/user-credential.ts';
import type { OpenCredential } from '../service/user-credentials.ts';

export const credentialView = (credential: OpenCredential, base: string) => ({
  id: credential.id,
  user_id: credential.userId,
  project_id: credential.projectId,
  type: credential.type,
  blob: credential.blob,
  links: { self: `${base}/v3/credentials/${credential.id}` },
});

/** The same credential as OS-EC2 shows it. */
export function ec2View(credential: OpenCredential, base: string) {
  const { access, secret, trust_id } = parseEc2Keys(credential.blob);
  const { userId, projectId } = credential;
  const self = `${base}/v3/users/${userId}/credentials/OS-EC2/${encodeURIComponent(access)}`;
  return { access, secret, user_id: userId, tenant_id: projectId, trust_id, links: { self } };
}
