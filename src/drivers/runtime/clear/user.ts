import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { resolveUser, type ResolvedUser } from '../user.ts';

/**
 * Looks a user up in the image: in the topmost layer that has an `/etc/passwd`. A machine's disks are never mounted on the host.
 * @throws CloudError `bad-request` for a name that the image does not know
 */
export function findUserInLayers(layers: readonly string[], user: string): Promise<ResolvedUser> {
  const layer = layers.findLast((root) => existsSync(join(root, 'etc/passwd'))) ?? layers.at(-1) ?? '/';
  return resolveUser(layer, user);
}
