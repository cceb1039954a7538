import { open } from 'node:fs/promises';
import { badRequest } from '#kernel/errors.ts';
import { exec } from '#kernel/exec.ts';

const NOTHING_FOUND = 2;
const AMBIGUOUS = 8;
const LOOKED_AT = 1 << 20;

/**
 * What blkid(8) knows a device's content by: `ext4`, `crypto_LUKS`, `dos` of a partition table; null = nothing.
 * @throws CloudError `bad-request` when it looks like several things at once
 */
export async function signatureOf(device: string): Promise<string | null> {
  const okCodes = [0, NOTHING_FOUND, AMBIGUOUS];
  const { code, stdout } = await exec('blkid', ['-p', '-o', 'export', device], { okCodes });
  if (code === AMBIGUOUS) throw badRequest('The volume looks like several file systems at once.');
  const words = new Map(stdout.split('\n').map((line) => line.split('=', 2) as [string, string]));
  return words.get('TYPE') ?? words.get('PTTYPE') ?? null;
}

/** Whether the first and the last MiB are zeros: all that any program writes first. */
export async function isBlank(device: string): Promise<boolean> {
  const file = await open(device, 'r');
  try {
    const { stdout } = await exec('blockdev', ['--getsize64', device]);
    const end = Math.max(0, Number(stdout) - LOOKED_AT);
    for (const position of [0, end]) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(LOOKED_AT), 0, LOOKED_AT, position);
      if (buffer.subarray(0, bytesRead).some((byte) => byte !== 0)) return false;
    }
    return true;
  } finally {
    await file.close();
  }
}
