import type { ArchiveLimits } from './limits.ts';
import { refusal, shown } from './refusal.ts';

const NAME_BYTES = 255; // NAME_MAX

/**
 * A name out of an archive as a path from the archive's root, without `.` and doubled slashes; '' is the root itself.
 * @param what names the archive in refusals
 * @throws CloudError `bad-request` for names that are absolute, climb or are too long.
 */
export function entryPath(name: string, limits: Pick<ArchiveLimits, 'pathBytes'>, what: string): string {
  if (name === '') throw refusal(`${what} holds an entry without a name`);
  if (name.includes('\0')) throw refusal(`the name ${shown(name)} in ${what} holds a zero byte`);
  if (name.startsWith('/')) throw refusal(`the name ${shown(name)} in ${what} is absolute`);
  if (Buffer.byteLength(name) > limits.pathBytes)
    throw refusal(`the name ${shown(name)} in ${what} is longer than ${limits.pathBytes} bytes`);
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw refusal(`the name ${shown(name)} in ${what} climbs with ".."`);
  if (parts.some((part) => Buffer.byteLength(part) > NAME_BYTES))
    throw refusal(`the name ${shown(name)} in ${what} has a part longer than ${NAME_BYTES} bytes`);
  return parts.join('/');
}

/** Every directory above a path, topmost first, without the root: `a/b/c` → `a`, `a/b`. */
export const ancestors = (path: string): string[] =>
  [...path.matchAll(/\//g)].map((slash) => path.slice(0, slash.index));
