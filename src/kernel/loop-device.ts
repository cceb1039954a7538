import { exec } from './exec.ts';

/**
 * Lets go of the file, at once or with the last who has it open.
 * The kernel keeps `ro` with the device, not with its file: the next who got it could not write.
 * @throws CloudError when there is no such device, or nothing is attached to it
 */
export async function releaseLoop(device: string): Promise<void> {
  await exec('blockdev', ['--setrw', device]);
  await exec('losetup', ['--detach', device]);
}
