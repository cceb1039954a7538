import { constants, copyFile, rm, stat, utimes } from 'node:fs/promises';
import { conflict } from '#kernel/errors.ts';
import { exec } from '#kernel/exec.ts';

const DAY = 24 * 60 * 60_000;
const NO_REFLINKS = new Set(['ENOTSUP', 'EOPNOTSUPP', 'ENOTTY', 'EXDEV', 'EINVAL', 'ENOSYS']);
const QUIET = new Date(0);
const ATTEMPTS = 3;

/** Shares the blocks of a file with a new one: at once, and as the file is at one moment. @returns whether it could. */
export async function reflink(from: string, to: string): Promise<boolean> {
  await rm(to, { force: true });
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch (thrown) {
    await rm(to, { force: true });
    if (NO_REFLINKS.has((thrown as NodeJS.ErrnoException).code ?? '')) return false;
    throw thrown;
  }
}

/** Copies what is not a hole or zeros, in a process of its own. */
async function sparseCopy(from: string, to: string): Promise<void> {
  const args = ['--reflink=never', '--sparse=always', '--no-target-directory', from, to];
  await exec('env', ['LC_ALL=C', 'cp', ...args], { timeout: DAY });
}

/**
 * Copies a file that others may write to, so that the copy is what the file was at one moment: a copy counts only when
 * nobody wrote while it was made. Every write sets the file's time, so a time that we set ourselves, long ago, tells. One copy
 * of a file at a time.
 * @throws CloudError `conflict`, retryable, when there is no quiet moment.
 */
export async function quietCopy(from: string, to: string): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    await utimes(from, QUIET, QUIET);
    await sparseCopy(from, to);
    if ((await stat(from)).mtimeMs === QUIET.getTime()) return;
  }
  throw conflict(
    'The volume is being written to, and its file system has no reflinks (XFS and Btrfs have) to copy it as it is at ' +
      'one moment. Detach it, or let its writes rest.',
    { retryable: true },
  );
}
