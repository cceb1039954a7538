import { constants, open, readdir, stat } from 'node:fs/promises';

/**
 * Whether a block device is mounted anywhere, or open in any process: a mount, mkfs or fsck claims it for itself, which the kernel tells;
 * what claims nothing, such as QEMU, is found by its open files. Needs root.
 */
export async function isInUse(device: string): Promise<boolean> {
  return (await isClaimed(device)) || (await isOpen(device));
}

async function isClaimed(device: string): Promise<boolean> {
  try {
    const file = await open(device, constants.O_RDONLY | constants.O_EXCL);
    await file.close();
    return false;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EBUSY') throw thrown;
    return true;
  }
}

async function isOpen(device: string): Promise<boolean> {
  const { rdev } = await stat(device);
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const files = await readdir(`/proc/${pid}/fd`).catch(() => []); // it has ended
    const found = await Promise.all(
      files.map((file) => stat(`/proc/${pid}/fd/${file}`).catch(() => undefined)),
    );
    if (found.some((one) => one?.isBlockDevice() && one.rdev === rdev)) return true;
  }
  return false;
}
