import { readFile } from 'node:fs/promises';
import { exec } from '#kernel/exec.ts';
import type { FileOwner } from './files.ts';

/** Who the control plane is once it has opened what only root may. */
export const CONTROL_USER = 'hydria';

/** Marks the account as made by us; another one of that name is used, but never removed. */
const OUR_COMMENT = 'Hydria control plane';

interface Account extends FileOwner {
  readonly comment: string;
}

export async function findControlUser(): Promise<FileOwner | undefined> {
  return parseAccount(await readFile('/etc/passwd', 'utf8'), CONTROL_USER);
}

export async function createControlUser(home: string): Promise<void> {
  await exec('useradd', [
    '--system',
    '--user-group',
    '--no-create-home',
    '--home-dir',
    home,
    '--shell',
    '/usr/sbin/nologin',
    '--comment',
    OUR_COMMENT,
    CONTROL_USER,
  ]);
}

/** Removes the account that we made, with its group. Idempotent. */
export async function removeControlUser(): Promise<void> {
  if (!isOurAccount(await readFile('/etc/passwd', 'utf8'))) return;
  await exec('userdel', [CONTROL_USER]);
}

export const isOurAccount = (passwd: string): boolean =>
  parseAccount(passwd, CONTROL_USER)?.comment === OUR_COMMENT;

export function parseAccount(passwd: string, name: string): Account | undefined {
  const line = passwd.split('\n').find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid, comment = ''] = line?.split(':') ?? [];
  return uid === undefined ? undefined : { uid: Number(uid), gid: Number(gid), comment };
}
